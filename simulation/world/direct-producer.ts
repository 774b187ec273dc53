import type { EventLog } from '../../runtime/event-log.ts';
import type { Environment } from '../../runtime/ports.ts';
import type { PmsEvent } from '../../schemas/generated/types.ts';
import type { Serde } from '../../schemas/serde.ts';
import type { OutboxRow } from '../../storage/ports/relay.ts';
import { partitionOf } from '../../topology/placement.ts';
import type { Chance } from '../chance.ts';
import type { Tally } from '../tally.ts';
import { crc32 } from './crc32.ts';

const RETRY_MS = 1_000;

export interface DirectProducerPorts {
  readonly log: EventLog;
  readonly serde: Serde;
  readonly environment: Environment;
  readonly partitions: number;
  readonly chance: Chance;
  readonly tally: Tally;
}

/** What a producer of the PMS's own does to the order and number of its events. */
export interface ProducerManners {
  /** Longest time that an event lies around before it is sent, ms; unequal times reorder. */
  readonly longestDelay: number;
  /** Chance that an event is sent again later. */
  readonly duplicate: number;
}

export const WELL_BEHAVED: ProducerManners = { longestDelay: 0, duplicate: 0 };

/** The PMS's own producer to `pms.events`: every event arrives at least once, in whatever order. */
export class DirectProducer {
  manners: ProducerManners = WELL_BEHAVED;
  readonly #ports: DirectProducerPorts;
  #underWay = 0;
  #newestSent = new Map<string, number>();

  constructor(ports: DirectProducerPorts) {
    this.#ports = ports;
  }

  /** Events that are not in the log yet, as far as this producer knows. */
  get underWay(): number {
    return this.#underWay;
  }

  /** @param foreign placed by CRC32, as librdkafka does by default */
  publish(row: OutboxRow, foreign: boolean): void {
    const { chance, tally } = this.#ports;
    this.#later(row, foreign, chance.between(0, this.manners.longestDelay));
    if (!chance.happens(this.manners.duplicate)) return;
    tally.count('fault.producer.duplicate');
    this.#later(row, foreign, chance.between(0, 2 * this.manners.longestDelay));
  }

  /** Sends bytes as they are, wherever. */
  async send(partition: number, key: string, value: Uint8Array | null): Promise<void> {
    await this.#insist(partition, key, value, {});
  }

  #later(row: OutboxRow, foreign: boolean, delay: number): void {
    this.#underWay += 1;
    this.#ports.environment.timers.after(delay, () => {
      void this.#produce(row, foreign).then(() => {
        this.#underWay -= 1;
      });
    });
  }

  async #produce(row: OutboxRow, foreign: boolean): Promise<void> {
    const { partitions, serde, tally } = this.#ports;
    const event = row.value as PmsEvent;
    const right = partitionOf(row.key, partitions);
    const partition = foreign ? crc32(new TextEncoder().encode(row.key)) % partitions : right;
    if (partition !== right) tally.count('fault.producer.foreign_partition');
    this.#noteOrder(event);
    await this.#insist(partition, row.key, serde.encode('pms.events', event), {
      ...row.headers,
      'tenant-id': row.tenantId,
    });
  }

  #noteOrder({ property_id: property, sequence }: PmsEvent): void {
    const newest = this.#newestSent.get(property) ?? 0;
    if (sequence === null) return;
    if (sequence < newest) this.#ports.tally.count('fault.producer.reordered');
    this.#newestSent.set(property, Math.max(newest, sequence));
  }

  async #insist(
    partition: number,
    key: string,
    value: Uint8Array | null,
    headers: Record<string, string>,
  ): Promise<void> {
    const { log, environment } = this.#ports;
    for (;;) {
      try {
        await log.produce([{ topic: 'pms.events', partition, key, value, headers }]);
        return;
      } catch (error) {
        environment.logger.debug({ err: error }, 'the PMS sends an event again');
        await new Promise<void>((resolve) => environment.timers.after(RETRY_MS, resolve));
      }
    }
  }
}
