import type {
  Change,
  Connector,
  Manifest,
  Outcome,
  PlannedRequest,
} from '../../../connectors/contract.ts';
import type {
  ChannelTransport,
  SendOptions,
  TransportResult,
} from '../../../connectors/transport/port.ts';
import type { Timers } from '../../../runtime/ports.ts';
import { sleep } from '../../../runtime/ports.ts';
import type { ChannelType } from '../../../schemas/domain/ids.ts';
import { ParityError } from '../../../schemas/errors.ts';
import { cellKey } from '../calendar.ts';

/** What the channel does with the next request. */
export type Behaviour =
  | {
      readonly kind: 'answer';
      readonly outcome: Outcome;
      readonly apply?: (change: Change) => boolean;
    }
  /** No answer; the values land after `lands` ms (never: null). */
  | { readonly kind: 'silence'; readonly lands: number | null }
  | { readonly kind: 'unreachable' };

const ANSWER_MS = 20;

/** A channel whose calendar is a map, with one plain codec: each request carries all changes given. */
export class ModelChannel implements ChannelTransport {
  readonly calendar = new Map<string, number>();
  readonly requests: PlannedRequest[] = [];
  readonly sentAt: number[] = [];
  readonly #timers: Timers;
  readonly #now: () => number;
  readonly #script: Behaviour[] = [];
  /** Answers of the default behaviour are given this late, ms. */
  answerMs = ANSWER_MS;
  /** Called in the moment in which a slot is taken and before the request leaves. */
  beforeSocket: (() => Promise<void>) | null = null;

  constructor(timers: Timers, now: () => number) {
    this.#timers = timers;
    this.#now = now;
  }

  next(...behaviours: Behaviour[]): void {
    this.#script.push(...behaviours);
  }

  async send(
    _channel: ChannelType,
    request: PlannedRequest,
    options: SendOptions,
  ): Promise<TransportResult> {
    if (this.beforeSocket) await this.beforeSocket();
    const withheld = {
      kind: 'notSent',
      reason: 'withheld',
      code: 'LEASE_LOST',
      message: 'withheld',
      durationMs: 0,
    } as const;
    if (options.signal.aborted || options.atSocket?.() === false) return withheld;
    this.requests.push(request);
    this.sentAt.push(this.#now());
    const behaviour = this.#script.shift() ?? { kind: 'answer', outcome: { kind: 'applied' } };
    const silence = {
      kind: 'ambiguous',
      code: 'CHANNEL_TIMEOUT',
      message: 'no answer',
      durationMs: 20_000,
    } as const;
    switch (behaviour.kind) {
      case 'unreachable':
        return {
          ...withheld,
          reason: 'unreachable',
          code: 'CHANNEL_UNREACHABLE',
          message: 'refused',
        };
      case 'silence': {
        const { lands } = behaviour;
        if (lands !== null) this.#timers.after(lands, () => this.#apply(request, () => true));
        const aborted = await sleep(this.#timers, 20_000, options.signal).then(
          () => false,
          () => true,
        );
        return aborted ? { ...silence, message: 'aborted' } : silence;
      }
      case 'answer': {
        const { outcome } = behaviour;
        const all = outcome.kind === 'applied';
        const refused = new Set(
          outcome.kind === 'partial' ? outcome.refused.map(({ change }) => cellKey(change)) : [],
        );
        this.#apply(
          request,
          behaviour.apply ??
            ((change) => all || (outcome.kind === 'partial' && !refused.has(cellKey(change)))),
        );
        await sleep(this.#timers, this.answerMs);
        return {
          kind: 'response',
          response: { status: 200, headers: {}, body: JSON.stringify(outcome) },
          durationMs: this.answerMs,
        };
      }
    }
  }

  async close(): Promise<void> {
    this.#script.length = 0;
  }

  #apply(request: PlannedRequest, where: (change: Change) => boolean): void {
    for (const change of request.changes)
      if (where(change)) this.calendar.set(cellKey(change), change.value);
  }
}

const HORIZON = {
  availability: 500,
  price: 500,
  min_stay_arrival: 500,
  min_stay_through: 500,
  max_stay: 500,
  closed_to_arrival: 500,
  closed_to_departure: 500,
};

/** The codec of the model channel; `atomic` as in the manifest. */
export function modelConnector(
  options: {
    readonly atomic?: boolean;
    readonly concurrency?: number;
    readonly perSecond?: number;
  } = {},
): Connector {
  const manifest: Manifest = {
    channel: 'model' as ChannelType,
    platformFamily: 'model',
    bookingSource: 'other',
    horizonDays: HORIZON,
    fields: ['availability', 'price', 'min_stay_arrival'],
    readBackFields: [],
    concurrency: options.concurrency ?? 1,
    atomicRequests: options.atomic ?? true,
    limits: [{ scope: 'connection', requests: options.perSecond ?? 10, windowMs: 1_000 }],
    priceBounds: () => null,
    priceStep: () => 1,
    resetValues: {},
    pulls: false,
    inbound: {
      pollSeconds: null,
      acknowledgeWithinSeconds: null,
      quietSecondsAfterAcknowledge: 0,
      listsReservations: false,
    },
    authentication: 'oauth_refresh',
  };
  const none = () => {
    throw new ParityError('MAPPING_UNSUPPORTED', 'the model channel takes no bookings');
  };
  return {
    manifest,
    plan: (_connection, changes) => ({
      requests:
        changes.length === 0
          ? []
          : [
              {
                endpoint: 'calendar',
                method: 'POST',
                host: 'api',
                path: '/',
                headers: {},
                body: null,
                changes,
              },
            ],
      refused: [],
    }),
    interpret: (_request, response) => JSON.parse(response.body) as Outcome,
    readBack: none,
    parseReadBack: none,
    inbound: {
      verify: () => 'invalid',
      parseWebhook: none,
      feeds: [],
      poll: none,
      parsePoll: none,
      fetchReservation: () => null,
      parseReservation: none,
      listReservations: () => null,
      parseList: none,
      acknowledge: () => null,
      interpretAcknowledgement: none,
    },
  };
}
