import type { ChannelRequest } from '../../../connectors/contract.ts';
import type {
  ChannelTransport,
  SendOptions,
  TransportResult,
} from '../../../connectors/transport/port.ts';
import type { Timers } from '../../../runtime/ports.ts';
import { sleep } from '../../../runtime/ports.ts';
import type { ChannelType } from '../../../schemas/domain/ids.ts';

/** A reservation as the model platform keeps it. */
export interface ModelReservation {
  readonly id: string;
  readonly listing: string;
  readonly room: string | null;
  readonly revision: number;
  readonly note?: string;
}

/** What the platform does instead of answering as it should. */
export type Fault = number | 'silence' | 'garbage' | 'too fast' | { readonly retryAfter: number };

const ANSWER_MS = 20;
const PATIENCE_MS = 20_000;
const SILENCE = { kind: 'ambiguous', code: 'CHANNEL_TIMEOUT', message: 'no answer' } as const;

/**
 * A platform that queues messages until they are acknowledged (feed `queue`), lists what changed since a cursor (feed `changes`, paged), gives
 * single reservations and lists those of a listing. It counts what it may not see: polls inside the quiet time after an acknowledgement.
 */
export class ModelPlatform implements ChannelTransport {
  /** Not acknowledged yet, oldest first. */
  readonly queue: ModelReservation[] = [];
  /** All revisions in their order; the cursor of `changes` counts them. */
  readonly changes: ModelReservation[] = [];
  readonly calls: { readonly at: number; readonly endpoint: string; readonly path: string }[] = [];
  readonly acknowledged: string[] = [];
  quietViolations = 0;
  pageSize = 100;
  quietMs = 5_000;
  isDown = false;
  /** What happens to the next calls of an endpoint, in order. */
  readonly faults = new Map<string, Fault[]>();
  readonly #timers: Timers;
  readonly #now: () => number;
  #lastAcknowledgement = Number.NEGATIVE_INFINITY;

  constructor(timers: Timers, now: () => number) {
    this.#timers = timers;
    this.#now = now;
  }

  book(reservation: ModelReservation): void {
    this.queue.push(reservation);
    this.changes.push(reservation);
  }

  fail(endpoint: string, ...faults: Fault[]): void {
    this.faults.set(endpoint, [...(this.faults.get(endpoint) ?? []), ...faults]);
  }

  callsTo(endpoint: string): number[] {
    return this.calls.filter((call) => call.endpoint === endpoint).map(({ at }) => at);
  }

  async send(
    _channel: ChannelType,
    request: ChannelRequest,
    { signal, atSocket }: SendOptions,
  ): Promise<TransportResult> {
    const unsent = { kind: 'notSent', message: 'not sent', durationMs: 0 } as const;
    if (signal.aborted || atSocket?.() === false)
      return { ...unsent, reason: 'withheld', code: 'LEASE_LOST' };
    if (this.isDown) return { ...unsent, reason: 'unreachable', code: 'CHANNEL_UNREACHABLE' };
    const { endpoint, path } = request;
    this.calls.push({ at: this.#now(), endpoint, path });
    const fault = this.faults.get(endpoint)?.shift();
    if (fault === 'silence') {
      await sleep(this.#timers, PATIENCE_MS, signal).catch(() => undefined);
      return { ...SILENCE, durationMs: PATIENCE_MS };
    }
    const url = new URL(path, 'http://model');
    const answer = fault === undefined ? this.#answer(endpoint, url) : faulty(fault);
    await sleep(this.#timers, ANSWER_MS);
    return {
      kind: 'response',
      response: { headers: {}, ...answer },
      durationMs: ANSWER_MS,
    };
  }

  async close(): Promise<void> {
    this.faults.clear();
  }

  #answer(endpoint: string, url: URL): { status: number; body: string } {
    const cursor = Number(url.searchParams.get('cursor') ?? 0);
    const name = url.searchParams.get('name') ?? '';
    switch (endpoint) {
      case 'queue':
        this.#checkQuiet();
        return page(this.queue, cursor, this.pageSize, true);
      case 'changes':
        this.#checkQuiet();
        return page(this.changes, cursor, this.pageSize, false);
      case 'reservation': {
        const found = this.changes.findLast(({ id }) => id === name);
        return found ? ok({ reservations: [found] }) : { status: 404, body: '' };
      }
      case 'list':
        return page(
          this.changes.filter(({ listing }) => listing === name),
          cursor,
          this.pageSize,
          true,
        );
      case 'acknowledge':
        return this.#acknowledge(name);
      default:
        return { status: 404, body: '' };
    }
  }

  /** A message that has been replaced by a newer one cannot be acknowledged any more. */
  #acknowledge(message: string): { status: number; body: string } {
    this.#lastAcknowledgement = this.#now();
    const index = this.queue.findIndex(({ id, revision }) => `${id}:${revision}` === message);
    if (index < 0) return { status: 400, body: 'outdated' };
    this.queue.splice(index, 1);
    this.acknowledged.push(message);
    return ok({});
  }

  #checkQuiet(): void {
    if (this.#now() < this.#lastAcknowledgement + this.quietMs) this.quietViolations++;
  }
}

function faulty(fault: Exclude<Fault, 'silence'>) {
  if (fault === 'too fast') return { status: 200, body: fault };
  if (fault === 'garbage') return { status: 200, body: '<html>' };
  if (typeof fault === 'number') return { status: fault, body: '' };
  return { status: 429, body: '', headers: { 'retry-after': String(fault.retryAfter) } };
}

function ok(body: object) {
  return { status: 200, body: JSON.stringify(body) };
}

/** @param restarts a drained list is read from its beginning the next time */
function page(
  all: readonly ModelReservation[],
  cursor: number,
  size: number,
  restarts: boolean,
): { status: number; body: string } {
  const end = cursor + size;
  return ok({
    reservations: all.slice(cursor, end),
    next: end < all.length ? String(end) : null,
    cursor: restarts ? null : String(all.length),
  });
}
