import type { DocumentCodec } from '../../../connectors/documents.ts';
import { retryAfterMs } from '../../../connectors/http-outcome.ts';
import type { ChannelTransport } from '../../../connectors/transport/port.ts';
import type { Environment, Timer } from '../../../runtime/ports.ts';
import { LATE_MS } from '../../../runtime/request-life.ts';
import type { ChannelType } from '../../../schemas/domain/ids.ts';
import type { Connection } from '../../../schemas/generated/types.ts';
import type { Caller } from '../../limits/budget-names.ts';
import type { RequestBudgets } from '../../limits/request-budgets.ts';
import { pauseAfterRefusal, waitForSlot } from '../../limits/request-budgets.ts';
import type { ConnectionState } from '../connection/connection-state.ts';
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

/** Documents of a connection that changed. */
export interface ChangedDocuments {
  readonly connection: Connection;
  readonly codec: DocumentCodec;
  readonly kinds: readonly string[];
  /** Something was taken off sale. */
  readonly hasClosing: boolean;
  /** Aborted when the connection is not ours any more: its next owner publishes what was in flight once more. */
  readonly lost: AbortSignal;
}

/** What has entered documents. What a new day or a repeat changes in them is worth no call. */
export function changeOf(
  { connection, context }: Pick<ConnectionState, 'connection' | 'context'>,
  codec: DocumentCodec,
  published: readonly Publication[],
): ChangedDocuments {
  return {
    connection,
    codec,
    kinds: [...new Set(published.map(({ document }) => document))],
    hasClosing: published.some(({ request }) => request.changes.some(isClosing)),
    lost: context.lost,
  };
}

/** What is to be told of one account. */
interface Notice {
  readonly kinds: Set<string>;
  last: ChangedDocuments;
  due: { readonly at: number; readonly timer: Timer } | null;
}

/**
 * Tells platforms that fetch that documents have changed, so that they come before their next crawl. One hint covers an account; how often one may
 * be told stands in the manifest's limits, counted over all processes. *quiet* → changed → *due* (closings soon, the rest later) → a slot → sent →
 * *quiet*; what changes once the slot is there is told next. A hint that fails is not repeated: the platform comes by itself.
 */
export class Hints {
  readonly #ports: Ports;
  readonly #notices = new Map<string, Notice>();

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  changed(documents: ChangedDocuments): void {
    const { connection, codec, kinds, hasClosing } = documents;
    if (!codec.hint || !this.#ports.hints?.isConfigured(connection.channel)) return;
    const notice = this.#noticeOf(documents);
    notice.last = documents;
    for (const kind of kinds) notice.kinds.add(kind);
    const { clock, timers } = this.#ports.environment;
    const wait = hasClosing ? CLOSING_WAITS_MS : OTHERS_WAIT_MS;
    const at = clock.monotonic() + wait;
    if (notice.due && notice.due.at <= at) return;
    notice.due?.timer.cancel();
    const timer = timers.after(wait, () => {
      void this.#tell(notice).catch((error: unknown) => {
        this.#notices.delete(connection.account_id);
        this.#count(connection.channel, 'failed', String(error));
      });
    });
    notice.due = { at, timer };
  }

  #noticeOf(documents: ChangedDocuments): Notice {
    const { account_id } = documents.connection;
    const known = this.#notices.get(account_id);
    if (known) return known;
    const notice: Notice = { kinds: new Set(), last: documents, due: null };
    this.#notices.set(account_id, notice);
    return notice;
  }

  async #tell(notice: Notice): Promise<void> {
    const { transport, budgets, environment, hints } = this.#ports;
    const { connection, codec, lost } = notice.last;
    const caller = callerOf(connection);
    const advertiser = await hints?.advertiserOf(connection);
    // Whoever loses the connection leaves the line with it.
    const slot = await waitForSlot(budgets, caller, 'other', lost).catch(() => null);
    this.#notices.delete(connection.account_id);
    if (slot === null) return;
    const request = advertiser ? codec.hint?.(advertiser, [...notice.kinds].sort()) : null;
    if (!request) {
      slot.unused();
      return;
    }
    const result = await transport.send(connection.channel, request, {
      credentialId: connection.credential_id,
      signal: lost,
      atSocket: () => slot.mayLeave(),
    });
    const now = environment.clock.monotonic();
    if (result.kind === 'response') {
      const { response } = result;
      slot.answered(now);
      if (response.status === 429)
        budgets.refused(caller, 'account', pauseAfterRefusal(retryAfterMs(response)));
      const isTaken = response.status >= 200 && response.status < 300;
      this.#count(connection.channel, isTaken ? 'taken' : 'refused', `HTTP ${response.status}`);
      return;
    }
    if (result.kind === 'ambiguous') slot.unanswered(now, LATE_MS);
    else slot.unused();
    this.#count(connection.channel, 'failed', result.message);
  }

  #count(channel: ChannelType, outcome: 'taken' | 'refused' | 'failed', why: string): void {
    const { metrics, logger } = this.#ports.environment;
    metrics.count('parity_push_hints_total', { channel_type: channel, outcome });
    if (outcome !== 'taken')
      logger.warn(
        { channel, why },
        'the platform was not told of changed documents; it comes by itself',
      );
  }
}

function callerOf({ channel, account_id, credential_id }: Connection): Caller {
  return { channel, endpoint: 'push_hint', accountId: account_id, credentialId: credential_id };
}
