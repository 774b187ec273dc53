import type { LimitScope } from '../../connectors/contract.ts';
import type { ChannelType } from '../../schemas/domain/ids.ts';
import type { Caller } from './budget-names.ts';
import type { Urgency } from './waiting-line.ts';

/** A slot in every budget that a request needs. */
export interface RequestSlot {
  answered(at: number): void;
  unanswered(at: number, longestLifeMs: number): void;
  unused(): void;
  /** Asked in the turn of the socket: false means that a slot may be another process's by now. */
  mayLeave(): boolean;
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

/** Slots for token requests, before all others in line. */
export function tokenSlots(budgets: RequestBudgets) {
  return (channel: ChannelType, endpoint: string, signal: AbortSignal): Promise<RequestSlot> =>
    waitForSlot(budgets, { channel, endpoint }, 'token', signal);
}
