import type { ChannelDocument } from '../../schemas/generated/types.ts';
import { requestOf } from '../world/document-route.ts';
import type { World } from '../world/world.ts';
import type { TableChanged } from './log-scan.ts';
import { fingerprintOf, type Objections } from './published-documents.ts';

/**
 * I2 of what crawlers get: only documents that a reader who misses nothing has taken for the owner's, and no objection to what they show. States of a
 * document never go back.
 */
export class ServedDocuments {
  readonly objections: Objections = new Map();
  readonly #world: World;
  readonly #owned = new Map<string, Set<string>>();

  constructor(world: World) {
    this.#world = world;
    world.log.onChange(this.#look);
  }

  /** A crawler is given a document, or an index. */
  served(url: string, body: string): void {
    const { connectionId, kind } = requestOf(url, {});
    if (connectionId === null) return;
    const { log, violations } = this.#world;
    log.scanTable('channel.documents');
    if (!this.#owned.get(`${connectionId}/${kind}`)?.has(body))
      violations.add('I2', `${url} was served with what no owner of it has written`);
  }

  readonly #look: TableChanged = (topic, key, before, after, record) => {
    if (topic !== 'channel.documents' || !after) return;
    const [old, next] = [before as ChannelDocument | undefined, after as ChannelDocument];
    const { violations } = this.#world;
    for (const { name, body, updated_at: state } of next.documents) {
      const owned = this.#owned.get(`${key}/${name}`) ?? new Set();
      this.#owned.set(`${key}/${name}`, owned.add(body));
      const known = old?.documents.find((one) => one.name === name);
      if (known && (known.body === body ? state < known.updated_at : state <= known.updated_at))
        violations.add(
          'platform',
          `${key}/${name} went back from state ${known.updated_at} to ${state}`,
        );
    }
    const value = record.value;
    if (this.objections.size === 0 || value === null) return;
    for (const { invariant, message } of this.objections.get(fingerprintOf(value)) ?? [])
      violations.add(invariant, message);
  };
}
