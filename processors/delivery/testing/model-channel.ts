import type { Change, Outcome, PlannedRequest } from '../../../connectors/contract.ts';
import type {
  ChannelTransport,
  SendOptions,
  TransportResult,
} from '../../../connectors/transport/port.ts';
import type { Timers } from '../../../runtime/ports.ts';
import { sleep } from '../../../runtime/ports.ts';
import type { ChannelType } from '../../../schemas/domain/ids.ts';
import type { ErrorCode } from '../../../schemas/errors.ts';
import { cellKey } from '../calendar/cell-name.ts';

/** What the channel does with a request. */
export type Behaviour =
  | {
      readonly kind: 'answer';
      readonly outcome: Outcome;
      /** Which changes take effect; default: all, but for refused ones, of what the outcome calls applied. */
      readonly apply?: (change: Change) => boolean;
      /** The answer takes this long, ms; the effect is there at once. */
      readonly afterMs?: number;
    }
  /** No answer; the values land after `lands` ms (never: null). */
  | { readonly kind: 'silence'; readonly lands: number | null }
  | { readonly kind: 'unreachable' }
  | { readonly kind: 'notSent'; readonly code: ErrorCode };

export type Script = Behaviour | ((request: PlannedRequest) => Behaviour);

const ANSWER_MS = 20;
const PATIENCE_MS = 20_000;
const NOTHING_SENT = { kind: 'notSent', durationMs: 0 } as const;

/** A channel whose calendar is a map. It does what the script says, then applies and answers. */
export class ModelChannel implements ChannelTransport {
  readonly calendar = new Map<string, number>();
  readonly requests: PlannedRequest[] = [];
  readonly sentAt: number[] = [];
  readonly #timers: Timers;
  readonly #now: () => number;
  readonly #script: Script[] = [];
  /** Answers are given this late, ms. */
  answerMs = ANSWER_MS;
  /** What the channel does when the script is over. */
  always: Script = { kind: 'answer', outcome: { kind: 'applied' } };
  /** Requests wait this long before they may leave, as behind a token that is being renewed, ms. */
  socketMs = 0;
  /** Awaited before a request may leave. */
  beforeSocket: (() => Promise<void>) | null = null;
  /** Sees each request in the moment in which it leaves. */
  onRequest: ((request: PlannedRequest) => void) | null = null;

  constructor(timers: Timers, now: () => number) {
    this.#timers = timers;
    this.#now = now;
  }

  next(...scripts: Script[]): void {
    this.#script.push(...scripts);
  }

  /** Forgets what was scripted. */
  behave(): void {
    this.#script.length = 0;
    this.socketMs = 0;
    this.always = { kind: 'answer', outcome: { kind: 'applied' } };
  }

  async send(
    _channel: ChannelType,
    request: PlannedRequest,
    options: SendOptions,
  ): Promise<TransportResult> {
    if (this.socketMs > 0) await sleep(this.#timers, this.socketMs);
    const withheld = { ...NOTHING_SENT, code: 'LEASE_LOST', message: 'withheld' } as const;
    if ((await options.beforeSocket?.()) === false) return { ...withheld, reason: 'withheld' };
    if (this.beforeSocket) await this.beforeSocket();
    if (options.signal.aborted) return { ...withheld, reason: 'aborted' };
    const script = this.#script[0] ?? this.always;
    const behaviour = typeof script === 'function' ? script(request) : script;
    if (behaviour.kind === 'notSent') {
      this.#script.shift();
      return { ...withheld, reason: 'unauthorized', code: behaviour.code };
    }
    if (options.atSocket?.() === false) return { ...withheld, reason: 'withheld' };
    this.#script.shift();
    if (behaviour.kind === 'unreachable')
      return { ...withheld, reason: 'unreachable', code: 'CHANNEL_UNREACHABLE' };
    this.requests.push(request);
    this.sentAt.push(this.#now());
    this.onRequest?.(request);
    return behaviour.kind === 'silence'
      ? this.#stayQuiet(request, behaviour.lands, options.signal)
      : this.#answer(request, behaviour);
  }

  async close(): Promise<void> {
    this.behave();
  }

  async #stayQuiet(
    request: PlannedRequest,
    lands: number | null,
    signal: AbortSignal,
  ): Promise<TransportResult> {
    if (lands !== null) this.#timers.after(lands, () => this.#apply(request, () => true));
    const silence = { kind: 'ambiguous', durationMs: PATIENCE_MS } as const;
    return sleep(this.#timers, PATIENCE_MS, signal).then(
      () => ({ ...silence, code: 'CHANNEL_TIMEOUT', message: 'no answer' }),
      () => ({ ...silence, code: 'LEASE_LOST', message: 'aborted' }),
    );
  }

  async #answer(
    request: PlannedRequest,
    { outcome, apply, afterMs = this.answerMs }: Extract<Behaviour, { kind: 'answer' }>,
  ): Promise<TransportResult> {
    const refused = new Set(
      outcome.kind === 'partial' ? outcome.refused.map(({ change }) => cellKey(change)) : [],
    );
    const takes = outcome.kind === 'applied' || outcome.kind === 'partial';
    this.#apply(request, apply ?? ((change) => takes && !refused.has(cellKey(change))));
    await sleep(this.#timers, afterMs);
    return {
      kind: 'response',
      response: { status: 200, headers: {}, body: JSON.stringify(outcome) },
      durationMs: afterMs,
    };
  }

  #apply(request: PlannedRequest, where: (change: Change) => boolean): void {
    for (const change of request.changes)
      if (where(change)) this.calendar.set(cellKey(change), change.value);
  }
}
