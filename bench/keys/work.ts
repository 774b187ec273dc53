import type { ConnectionId, PropertyId, TenantId } from '../../schemas/domain/ids.ts';
import type { PlainMonth } from '../../schemas/domain/plain-date.ts';
import type { Serde } from '../../schemas/serde.ts';
import { partitionOf } from '../../topology/placement.ts';
import type { PreparedRecord } from '../bulk.ts';
import { numbered } from '../records/properties.ts';

/** Work of a record, as its key says: `unit/number/microseconds`. Works of one unit are done in order and never at once. */
export interface Work {
  readonly unit: string;
  readonly number: number;
  readonly micros: number;
}

/** Longest work, µs. */
const LONGEST_MICROS = 5_000;

/** @throws RangeError for a key of another form */
export function workOf(key: string): Work {
  const [unit = '', number, micros, more] = key.split('/');
  const work = { unit, number: Number(number), micros: Number(micros) };
  if (more !== undefined || !Number.isInteger(work.number) || !Number.isInteger(work.micros))
    throw new RangeError(`no work: ${key}`);
  return work;
}

/**
 * Records of as many units, in turns, each 0 to 5 ms of work, evenly drawn, the same in every run. They lie in `channel.desired`, as what
 * delivery works on does: `unit/…` in the partition of the unit.
 */
export function works(
  serde: Serde,
  records: number,
  units: number,
  partitions: number,
): PreparedRecord[] {
  const value = serde.encode('channel.desired', {
    connection_id: numbered('7c000099', 1) as ConnectionId,
    tenant_id: numbered('7e000099', 1) as TenantId,
    property_id: numbered('7a000099', 1) as PropertyId,
    month: '2026-12' as PlainMonth,
    incarnation: 1,
    time_zone: 'UTC',
    currency: 'EUR',
    released: [],
    implied_at: [],
    columns: [],
    guests: 0,
    content: null,
  });
  const draw = drawer();
  return Array.from({ length: records }, (_, number) => {
    const unit = `unit-${number % units}`;
    const key = `${unit}/${number}/${Math.floor(draw() * (LONGEST_MICROS + 1))}`;
    return { topic: 'channel.desired', key, value, partition: partitionOf(unit, partitions) };
  });
}

/** Uniform in [0, 1), always the same series (mulberry32). */
function drawer(): () => number {
  let state = 0x9e3779b9;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** What went wrong with the order of works; nothing may. */
export interface Faults {
  readonly repeated: number;
  readonly outOfOrder: number;
  readonly atOnce: number;
}

/** Watches works from outside: each once, those of a unit in order and one at a time. */
export class WorkWatch {
  readonly #last = new Map<string, number>();
  readonly #busy = new Set<string>();
  readonly #seen = new Set<number>();
  #repeated = 0;
  #outOfOrder = 0;
  #atOnce = 0;

  begin({ unit, number }: Work): void {
    if (this.#busy.has(unit)) this.#atOnce += 1;
    this.#busy.add(unit);
    if ((this.#last.get(unit) ?? -1) >= number) this.#outOfOrder += 1;
    this.#last.set(unit, number);
    if (this.#seen.has(number)) this.#repeated += 1;
    this.#seen.add(number);
  }

  end({ unit }: Work): void {
    this.#busy.delete(unit);
  }

  get faults(): Faults {
    return { repeated: this.#repeated, outOfOrder: this.#outOfOrder, atOnce: this.#atOnce };
  }
}
