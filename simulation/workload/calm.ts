import { addDays, dateAt, type PlainDate } from '../../schemas/domain/plain-date.ts';
import { calmChannels } from '../faults/channels.ts';
import { calmCrawlers } from '../faults/crawlers.ts';
import { calmLog } from '../faults/log.ts';
import { calmProducers } from '../faults/producers.ts';
import { calmStorage } from '../faults/storage.ts';
import { rowsOf } from '../invariants/database.ts';
import { allConnections, allProperties } from '../world/plan.ts';
import { activate } from './going-live.ts';
import { command, reauthorizes } from './operators.ts';
import { perform, type Scene } from './scene.ts';

/** Faults and input stop; what was frozen, cut off or dead comes back. */
export function calm(scene: Scene): void {
  const { world } = scene;
  calmChannels(scene);
  calmCrawlers(scene);
  calmLog(scene);
  calmStorage(scene);
  calmProducers(scene);
  for (const process of world.processes()) {
    if (process.state === 'frozen') process.thaw();
    process.disarm();
    world.broker.reconnectClient(process.client);
  }
}

/** What people do in the end: connections go live again, refused fields are tried once more, most held nights are taken back. */
export async function tidyUp(scene: Scene): Promise<void> {
  const { world, pms } = scene;
  perform(scene, 'input.operator.reauthorize', reauthorizes);
  for (const { id: tenantId } of world.plan.tenants) {
    for (const row of await pms.connections.list(tenantId)) {
      const connection = allConnections(world.plan).find(({ id }) => id === row.id);
      if (!connection) continue;
      if (row.phase === 'paused' && world.chance.happens(0.5))
        perform(scene, 'input.operator.resume', async () => {
          await pms.connections.resume(tenantId, row.id);
        });
      if (row.phase === 'pending')
        perform(scene, 'input.operator.activate', () => activate(scene, connection));
      for (const night of heldNights(scene, row.id)) {
        if (!world.chance.happens(0.7)) continue;
        const nights = { start: night, end: addDays(night, 1) };
        perform(scene, 'input.operator.override', () =>
          command(scene, connection, { 'parity.events.Override': { nights, once_closed: false } }),
        );
      }
      perform(scene, 'input.operator.requeue', () =>
        command(scene, connection, { 'parity.events.Requeue': { cells: [] } }),
      );
    }
  }
}

function heldNights({ world }: Scene, connectionId: string): readonly PlainDate[] {
  return world.log.keys('channel.acknowledged', `${connectionId}/`).flatMap((key) => {
    const page = world.log.get('channel.acknowledged', key);
    const column = page?.columns.find(({ field }) => field === 'availability');
    return (column?.cells ?? []).flatMap(({ state }, day) =>
      page && state === 'held' ? [dateAt(page.month, day)] : [],
    );
  });
}

/** Codes of alerts that say that a person must look after the whole calendar of a property. */
const WANTS_IMPORT = new Set(['CALENDAR_DOUBTFUL', 'OFFSET_OUT_OF_RANGE']);

/** Nobody goes through a consent more often than this, ms. */
const PATIENCE_MS = 90_000;

/** A fetch that nobody could record is made good after hours, which no run has: where there is no rest by then, platforms crawl everything anew. Ms. */
const CRAWLED_ANEW_MS = 5 * 60_000;

/** Somebody reads the alerts, and does what they ask for. */
export class Attention {
  readonly #scene: Scene;
  readonly #since: number;
  #isCrawledAnew = false;
  readonly #answered = new Set<string>();
  #patientUntil = 0;

  constructor(scene: Scene) {
    this.#scene = scene;
    this.#since = scene.world.time.elapsed;
  }

  async pay(): Promise<void> {
    const { world, pms } = this.#scene;
    this.#crawlAnew();
    for (const { row } of await rowsOf(world.database, 'alerts')) {
      if (this.#answered.has(row.alert_id) || !WANTS_IMPORT.has(row.code)) continue;
      this.#answered.add(row.alert_id);
      world.tally.count(`state.alert.${row.code}`);
      for (const property of allProperties(world.plan)) {
        if (row.property_id !== null && row.property_id !== property.id) continue;
        perform(this.#scene, 'input.pms.snapshot', () => pms.importCalendar(property));
      }
    }
    const expired = (await rowsOf(world.database, 'channel_connections')).some(
      ({ row }) => row.phase === 'expired',
    );
    if (!expired || world.time.elapsed < this.#patientUntil) return;
    this.#patientUntil = world.time.elapsed + PATIENCE_MS;
    perform(this.#scene, 'input.operator.reauthorize', reauthorizes);
  }

  #crawlAnew(): void {
    const { world } = this.#scene;
    if (this.#isCrawledAnew || world.time.elapsed < this.#since + CRAWLED_ANEW_MS) return;
    this.#isCrawledAnew = true;
    world.tally.count('fault.crawler.begins_anew');
    for (const { crawler } of world.channels.values()) crawler?.forget();
  }
}
