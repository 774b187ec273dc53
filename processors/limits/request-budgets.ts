import type { LimitScope } from '../../connectors/contract.ts';
import { LONGEST_PAUSE_MS } from '../../runtime/request-life.ts';
import type { ChannelType } from '../../schemas/domain/ids.ts';
import type { Caller } from './budget-names.ts';
import type { Slot } from './counting/sliding-window.ts';
import type { Urgency } from './line/waiting-line.ts';

/** Pause of what several connections share after a refusal that names none, ms. */
const SHORTEST_PAUSE_MS = 1_000;

/** How long to leave alone what a platform has refused, ms. @param asked what it says; null: nothing. "At once" is no answer to too much. */
export function pauseAfterRefusal(asked: number | null): number {
  return Math.min(LONGEST_PAUSE_MS, asked || SHORTEST_PAUSE_MS);
}

/** A slot in every budget that a request needs. */
export interface RequestSlot {
  answered(at: number): void;
  unanswered(at: number, longestLifeMs: number): void;
  unused(): void;
  /** Asked in the turn of the socket: false means that a slot may be another process's by now. */
  mayLeave(): boolean;
}

/** A slot in a window of one's own and in the budgets, as one. */
export function joined(own: Slot, shared: RequestSlot): RequestSlot {
  return {
    answered: (at) => {
      own.answered(at);
      shared.answered(at);
    },
    unanswered: (at, longestLifeMs) => {
      own.unanswered(at, longestLifeMs);
      shared.unanswered(at, longestLifeMs);
    },
    unused: () => {
      own.unused();
      shared.unused();
    },
    mayLeave: () => shared.mayLeave(),
  };
}

/** A place in line. */
export interface Ticket {
  /** Something more urgent waits with it now. */
  hurry(urgency: Urgency): void;
  leave(): void;
}

export type Taken =
  | { readonly kind: 'slot'; readonly slot: RequestSlot }
  | { readonly kind: 'waiting'; readonly ticket: Ticket };

/** What delivery, polling and token requests ask before a request leaves. */
export interface RequestBudgets {
  /** A slot, or a place in line; then `granted` is called once with the slot, unless the ticket is left before. */
  take(caller: Caller, urgency: Urgency, granted: (slot: RequestSlot) => void): Taken;
  /** Whether both need the same. */
  areSame(a: Caller, b: Caller): boolean;
  /** The platform has refused: whose limit it was pauses for `ms`. False: it was the connection's. */
  refused(caller: Caller, scope: LimitScope | undefined, ms: number): boolean;
}

/** As `take`, waiting. @throws the signal's reason when it is aborted first */
export function waitForSlot(
  budgets: RequestBudgets,
  caller: Caller,
  urgency: Urgency,
  signal: AbortSignal,
): Promise<RequestSlot> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const taken = budgets.take(caller, urgency, (slot) => {
      signal.removeEventListener('abort', onAbort);
      resolve(slot);
    });
    const onAbort = () => {
      if (taken.kind === 'waiting') taken.ticket.leave();
      reject(signal.reason);
    };
    if (taken.kind === 'slot') resolve(taken.slot);
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}

/** A slot of a token request, whose answer may say that calls come too fast. */
export interface TokenRequestSlot extends RequestSlot {
  /** @param asked the pause that the platform asks for, ms; null: it does not say */
  refused(asked: number | null): void;
}

/** Slots for token requests, before all others in line. */
export function tokenSlots(budgets: RequestBudgets) {
  return async (
    channel: ChannelType,
    endpoint: string,
    signal: AbortSignal,
  ): Promise<TokenRequestSlot> => {
    const caller = { channel, endpoint };
    const slot = await waitForSlot(budgets, caller, 'token', signal);
    const refused = (asked: number | null) => {
      budgets.refused(caller, undefined, pauseAfterRefusal(asked));
    };
    return { ...slot, refused };
  };
}
