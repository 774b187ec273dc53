import { retryAfterMs } from '../../../connectors/answers/http-outcome.ts';
import type { DocumentCodec } from '../../../connectors/documents.ts';
import type { ChannelTransport, TransportResult } from '../../../connectors/transport/port.ts';
import type { Environment, Timer } from '../../../runtime/ports.ts';
import { LATE_MS } from '../../../runtime/request-life.ts';
import type { AccountId, ChannelType } from '../../../schemas/domain/ids.ts';
import type { Connection } from '../../../schemas/generated/types.ts';
import type { Caller } from '../../limits/budget-names.ts';
import type { RequestBudgets, RequestSlot } from '../../limits/request-budgets.ts';
import { pauseAfterRefusal, waitForSlot } from '../../limits/request-budgets.ts';
import { isClosing } from '../connection/refused-closings.ts';
import type { Publication } from './publications.ts';

/** A closing waits so long for others before the platform is told, ms; anything else so long. */
export const CLOSING_WAITS_MS = 500;
export const OTHERS_WAIT_MS = 60_000;

/** What hints need from outside. */
export interface HintPorts {
  /** The operator has named an address for them. */
  isConfigured(channel: ChannelType): boolean;
  /** Id of the connection's account as its index names it; null: there is no such connection any more. */
  advertiserOf(connection: Connection): Promise<string | null>;
}

interface Ports {
  readonly hints?: HintPorts;
  readonly transport: ChannelTransport;
  readonly budgets: RequestBudgets;
  readonly environment: Pick<Environment, 'clock' | 'timers' | 'metrics' | 'logger'>;
}

/** A connection as long as this process owns it. */
export interface Speaker {
  /** As it is now. */
  readonly connection: Connection;
  readonly context: {
    /** Aborted when the connection is not ours any more: its next owner publishes what was in flight once more. */
    readonly lost: AbortSignal;
  };
}

/** Documents of a connection that changed. */
export interface ChangedDocuments {
  readonly speaker: Speaker;
  readonly codec: DocumentCodec;
  readonly kinds: readonly string[];
  /** Something was taken off sale. */
  readonly hasClosing: boolean;
}

/** What has entered documents. What a new day or a repeat changes in them is worth no call. */
export function changeOf(
  speaker: Speaker,
  codec: DocumentCodec,
  published: readonly Publication[],
): ChangedDocuments {
  return {
    speaker,
    codec,
    kinds: [...new Set(published.map(({ document }) => document))],
    hasClosing: published.some(({ request }) => request.changes.some(isClosing)),
  };
}

/** What is to be told of one account, and the connections that changed. */
interface Notice {
  readonly accountId: AccountId;
  readonly channel: ChannelType;
  readonly codec: DocumentCodec;
  readonly kinds: Set<string>;
  readonly speakers: Set<Speaker>;
  due: { readonly at: number; readonly timer: Timer } | null;
}

/** What became of a hint. */
interface Outcome {
  readonly outcome: 'taken' | 'refused' | 'failed';
  readonly why: string;
  /** It was the login that was missing or not known; under another one it may be taken. */
  readonly isUnauthorized: boolean;
}

/**
 * Tells platforms that fetch that documents have changed, so that they come before their next crawl. One hint covers an account; how often one may
 * be told stands in the manifest's limits, counted over all processes. *quiet* → changed → *due* (closings soon, the rest later) → a slot → sent →
 * *quiet*; what changes once the slot is there is told next. Any of the connections that changed speaks for all of them, so a hint is given up
 * with the last of these only. One that fails is not repeated: the platform comes by itself.
 */
export class Hints {
  readonly #ports: Ports;
  readonly #notices = new Map<AccountId, Notice>();

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  changed({ speaker, codec, kinds, hasClosing }: ChangedDocuments): void {
    const { channel } = speaker.connection;
    if (!codec.hint || !this.#ports.hints?.isConfigured(channel)) return;
    const notice = this.#noticeOf(speaker, codec);
    notice.speakers.add(speaker);
    for (const kind of kinds) notice.kinds.add(kind);
    const { clock, timers } = this.#ports.environment;
    const wait = hasClosing ? CLOSING_WAITS_MS : OTHERS_WAIT_MS;
    const at = clock.monotonic() + wait;
    if (notice.due && notice.due.at <= at) return;
    notice.due?.timer.cancel();
    const timer = timers.after(wait, () => {
      void this.#tell(notice).catch((error: unknown) => {
        this.#forget(notice);
        this.#count(channel, 'failed', String(error));
      });
    });
    notice.due = { at, timer };
  }

  /** The connection is not ours any more, or there is none. */
  left(speaker: Speaker): void {
    const notice = this.#notices.get(speaker.connection.account_id);
    if (!notice?.speakers.delete(speaker) || notice.speakers.size > 0) return;
    notice.due?.timer.cancel();
    this.#forget(notice);
  }

  #noticeOf({ connection }: Speaker, codec: DocumentCodec): Notice {
    const { account_id: accountId, channel } = connection;
    const known = this.#notices.get(accountId);
    if (known) return known;
    const notice = {
      accountId,
      channel,
      codec,
      kinds: new Set<string>(),
      speakers: new Set<Speaker>(),
      due: null,
    };
    this.#notices.set(accountId, notice);
    return notice;
  }

  #forget(notice: Notice): void {
    if (this.#notices.get(notice.accountId) === notice) this.#notices.delete(notice.accountId);
  }

  /** The first of the connections that can speaks for all; who joins while others try is asked too. */
  async #tell(notice: Notice): Promise<void> {
    const unknown = new Set<string | null>();
    let last: Outcome | null = null;
    for (const speaker of notice.speakers) {
      const { account_id, credential_id } = speaker.connection;
      if (account_id !== notice.accountId || unknown.has(credential_id)) continue;
      const outcome = await this.#speak(speaker, notice);
      if (outcome === null) continue;
      last = outcome;
      if (!outcome.isUnauthorized) break;
      unknown.add(credential_id);
    }
    this.#forget(notice);
    if (last) this.#count(notice.channel, last.outcome, last.why);
  }

  /** Null: this connection cannot say anything any more. */
  async #speak(speaker: Speaker, notice: Notice): Promise<Outcome | null> {
    const { transport, budgets, hints } = this.#ports;
    const { connection, context } = speaker;
    const { lost } = context;
    const advertiser = await hints?.advertiserOf(connection);
    if (!advertiser) return null;
    const caller = callerOf(connection, advertiser);
    // Whoever loses the connection leaves the line with it.
    const slot = await waitForSlot(budgets, caller, 'other', lost).catch(() => null);
    if (slot === null) return null;
    const isOurs = notice.speakers.has(speaker);
    if (isOurs) this.#forget(notice);
    const request = isOurs ? requestOf(notice, advertiser, slot) : null;
    if (!request) {
      slot.unused();
      return null;
    }
    const result = await transport.send(connection.channel, request, {
      credentialId: connection.credential_id,
      signal: lost,
      atSocket: () => slot.mayLeave(),
    });
    return this.#outcomeOf(result, caller, slot);
  }

  #outcomeOf(result: TransportResult, caller: Caller, slot: RequestSlot): Outcome | null {
    const now = this.#ports.environment.clock.monotonic();
    switch (result.kind) {
      case 'response': {
        const { response } = result;
        const { status } = response;
        slot.answered(now);
        if (status === 429)
          this.#ports.budgets.refused(caller, 'account', pauseAfterRefusal(retryAfterMs(response)));
        const outcome = status >= 200 && status < 300 ? 'taken' : 'refused';
        return { outcome, why: `HTTP ${status}`, isUnauthorized: status === 401 };
      }
      case 'ambiguous':
        slot.unanswered(now, LATE_MS);
        return { outcome: 'failed', why: result.message, isUnauthorized: false };
      case 'notSent': {
        slot.unused();
        if (result.reason === 'aborted') return null;
        const isUnauthorized = result.reason === 'unauthorized';
        return { outcome: 'failed', why: result.message, isUnauthorized };
      }
    }
  }

  #count(channel: ChannelType, outcome: Outcome['outcome'], why: string): void {
    const { metrics, logger } = this.#ports.environment;
    metrics.count('parity_push_hints_total', { channel_type: channel, outcome });
    if (outcome !== 'taken')
      logger.warn(
        { channel, why },
        'the platform was not told of changed documents; it comes by itself',
      );
  }
}

/** A codec that fails takes no slot with it. */
function requestOf({ codec, kinds }: Notice, advertiser: string, slot: RequestSlot) {
  try {
    return codec.hint?.(advertiser, [...kinds].sort());
  } catch (error) {
    slot.unused();
    throw error;
  }
}

/** The platform counts by its own account, under whichever of its names and for whichever of our tenants we hold it. */
function callerOf({ channel, credential_id }: Connection, advertiser: string): Caller {
  return { channel, endpoint: 'push_hint', accountId: advertiser, credentialId: credential_id };
}
