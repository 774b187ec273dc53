import type { ParsedReservation } from '../../connectors/contract.ts';
import type { UnreadableReservation } from '../../connectors/inbound/unreadable.ts';
import type { Output, PartitionContext } from '../../runtime/stage.ts';
import { codeOf } from '../../schemas/errors.ts';
import type { Account, InboundVia } from '../../schemas/generated/types.ts';
import type { InboundFinding } from './reports.ts';
import { inboundAlert } from './reports.ts';
import { route } from './routing.ts';

/** Findings that are not told twice in one life; beyond it the journal still knows an alert by its id. */
const TOLD_MAX = 10_000;

/** What a page of a platform held, as far as it could be read. */
export interface Page {
  readonly reservations: readonly ParsedReservation[];
  readonly unreadable: readonly UnreadableReservation[];
}

export interface Count {
  readonly read: number;
  readonly unreadable: number;
}

/** Puts what platforms tell into `channel.webhooks`: all of it is durable when `store` resolves, and one bad message holds up no other. */
export class Arrivals {
  readonly #context: PartitionContext;
  readonly #told = new Set<string>();

  constructor(context: PartitionContext) {
    this.#context = context;
  }

  /** @throws ParityError LEASE_LOST, LOG_UNAVAILABLE */
  async store(account: Account, page: Page, via: InboundVia): Promise<Count> {
    const messages = page.reservations.map((parsed) => this.#routed(account, parsed, via));
    const refused = await this.#write(messages);
    const findings = [
      ...page.unreadable.map(({ reservationId, message }) => unreadable(reservationId, message)),
      ...refused.map(({ parsed, reason }) =>
        unreadable(parsed.reservation.reservation_id, `${reason}`),
      ),
    ];
    await this.tell(account, findings);
    return {
      read: messages.length - refused.length,
      unreadable: page.unreadable.length + refused.length,
    };
  }

  /** Shows findings to the owner, each once. */
  async tell(account: Account, findings: readonly InboundFinding[]): Promise<void> {
    const news = findings.filter(({ identity }) => !this.#told.has(identity));
    if (this.#told.size > TOLD_MAX) this.#told.clear();
    for (const { identity } of news) this.#told.add(identity);
    const now = this.#context.clock.now();
    const alerts = news.map((finding) => inboundAlert(account, finding, now));
    if (alerts.length > 0) await this.#context.write(alerts);
  }

  #routed(account: Account, parsed: ParsedReservation, via: InboundVia) {
    const { clock, random } = this.#context;
    const routed = route(account, parsed, via, clock.now(), random);
    const outputs: Output[] = routed ? [routed.output] : [];
    if (routed && routed.unmapped.length > 0) {
      const finding = unmapped(parsed, routed.unmapped);
      if (!this.#told.has(finding.identity)) {
        this.#told.add(finding.identity);
        outputs.push(inboundAlert(account, finding, clock.now()));
      }
    }
    return { parsed, outputs };
  }

  /** Writes all at once, or one by one where a value among them cannot be written. Answers those. */
  async #write(messages: readonly { parsed: ParsedReservation; outputs: readonly Output[] }[]) {
    const outputs = messages.flatMap((message) => message.outputs);
    if (outputs.length === 0) return [];
    try {
      await this.#context.write(outputs);
      return [];
    } catch (error) {
      if (!isUnwritable(error)) throw error;
    }
    const refused: { readonly parsed: ParsedReservation; readonly reason: string }[] = [];
    for (const { parsed, outputs: own } of messages) {
      try {
        if (own.length > 0) await this.#context.write(own);
      } catch (error) {
        if (!isUnwritable(error)) throw error;
        refused.push({ parsed, reason: error instanceof Error ? error.message : String(error) });
      }
    }
    return refused;
  }
}

/** The value is wrong by itself: no later attempt would go otherwise. */
function isUnwritable(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'EVENT_VALUE_INVALID' || code === 'EVENT_TOO_LARGE';
}

function unreadable(reservationId: string | null, message: string): InboundFinding {
  const text = `reservation ${reservationId ?? '(no id)'} cannot be read: ${message}`;
  return { code: 'CHANNEL_RESPONSE_MALFORMED', text, identity: text };
}

function unmapped({ reservation }: ParsedReservation, listings: readonly string[]): InboundFinding {
  const { reservation_id: id, content_hash } = reservation;
  const names = listings.join(', ');
  return {
    code: 'LISTING_UNMAPPED',
    text: `reservation ${id} names ${names}, which belongs to no connection`,
    identity: `${id} ${content_hash} ${names}`,
  };
}
