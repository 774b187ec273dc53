import type { DocumentCodec, RenderedDocument } from '../../../connectors/documents.ts';
import type { ChannelDocument } from '../../../schemas/generated/types.ts';
import { ofCodec } from '../codec-failure.ts';
import type { ConnectionState } from '../connection/connection-state.ts';
import type { Publication, Publications } from './publications.ts';
import { Showing } from './showing.ts';
import { STATE_STEP_MS, StatePace } from './state-pace.ts';

/**
 * The record of one connection in `channel.documents`: what the ingress serves, and in which states. A document gets a new state when its content
 * changes, when fields enter it, or when something in it is not known to be fetched for long.
 */
export class ServedDocuments {
  readonly #state: ConnectionState;
  readonly #codec: DocumentCodec;
  readonly #publications: Publications;
  readonly #pace = new StatePace();

  constructor(state: ConnectionState, codec: DocumentCodec, publications: Publications) {
    this.#state = state;
    this.#codec = codec;
    this.#publications = publications;
  }

  /** When the next state may be given out, monotonic ms. */
  get nextAt(): number {
    return this.#pace.nextAt;
  }

  /** When a document that nobody is known to have fetched goes once more, monotonic ms; Infinity: none waits. */
  get repeatAt(): number {
    const { clock } = this.#state.context;
    const waiting = this.#publications.documents();
    const repeats = (this.#stored()?.documents ?? [])
      .filter(({ name }) => waiting.has(name))
      .map(({ name, updated_at }) => updated_at + this.#publications.patienceFor(name));
    return clock.monotonic() + Math.max(0, Math.min(...repeats) - clock.now());
  }

  /** Writes the documents if any has changed. Answers what stands in them since. @throws CodecFailure */
  async publish(): Promise<readonly Publication[]> {
    const { context, connection } = this.#state;
    const stored = this.#stored();
    const rendered = ofCodec(() => this.#codec.render(connection, this.#showing(stored)));
    const next = this.#stamped(rendered, stored);
    if (next === null) return [];
    this.#pace.given(context.clock.monotonic());
    const { connection_id: key, tenant_id: tenantId } = connection;
    await context.write([{ topic: 'channel.documents', key, value: next, tenantId }]);
    return this.#publications.published(statesOf(next));
  }

  /** The record with new states for the documents that changed, that fields have entered, or that nobody fetched for long. Null: none did. */
  #stamped(
    rendered: readonly RenderedDocument[],
    stored: ChannelDocument | undefined,
  ): ChannelDocument | null {
    const { connection_id, tenant_id } = this.#state.connection;
    const now = this.#state.context.clock.now();
    const waiting = this.#publications.documents();
    // They may look the same all the same; a fetch of the former state would prove nothing of what has entered.
    const entered = new Set(this.#publications.unwritten().map(({ document }) => document));
    const state = Math.max(
      Math.ceil(now / STATE_STEP_MS) * STATE_STEP_MS,
      (stored?.updated_at ?? 0) + STATE_STEP_MS,
    );
    const documents = rendered.map(({ name, contentType: content_type, body }) => {
      const before = stored?.documents.find((one) => one.name === name);
      const patience = this.#publications.patienceFor(name);
      const isOld =
        waiting.has(name) && before !== undefined && now - before.updated_at >= patience;
      const same = before?.body === body && before.content_type === content_type;
      const updated_at = before && same && !isOld && !entered.has(name) ? before.updated_at : state;
      return { name, content_type, body, updated_at };
    });
    const changed =
      documents.some(({ updated_at }) => updated_at === state) ||
      documents.length !== stored?.documents.length;
    return changed ? { connection_id, tenant_id, updated_at: state, documents } : null;
  }

  #stored(): ChannelDocument | undefined {
    const { context, connection } = this.#state;
    return context.tables.get('channel.documents', connection.connection_id);
  }

  #showing(stored: ChannelDocument | undefined): Showing {
    const { context, work } = this.#state;
    return new Showing(this.#state, this.#codec, stored, work.day(context.clock.now()).date);
  }
}

function statesOf({ documents }: ChannelDocument): Map<string, number> {
  return new Map(documents.map(({ name, updated_at }) => [name, updated_at]));
}
