import type { PlainDate } from '../../schemas/domain/plain-date.ts';
import type { InboundRequest } from '../contract.ts';
import type { ModelCalendar } from '../testing/calendar.ts';
import type { HarnessSpec } from '../testing/harness.ts';

/** A fault of the simulator, aimed at the next request (or at all, `times: null`) that is a write. */
type WriteFault =
  | { readonly kind: 'fail'; readonly status: number; readonly retryAfter?: number }
  | {
      readonly kind: 'refuse';
      readonly nights: readonly string[];
      readonly field: 'availability' | 'price' | 'restrictions';
      readonly times: null;
    }
  | { readonly kind: 'malformed_body' | 'wrong_content_type' | 'hang' | 'reset' };

/** One simulator core with one connection; limits wide enough that only what a test breaks is broken. */
export interface Subject extends HarnessSpec {
  /** What the platform holds of the connection, by `cellName`. */
  calendar(start: PlainDate, end: PlainDate): ModelCalendar;
  fault(spec: WriteFault & { readonly on?: 'write' }): void;
  violations(): Readonly<Record<string, number>>;
  /** A guest books, changes or cancels; whatever the calendar says. */
  book(stay: Stay): string;
  modify(reservation: string, stay: Stay): void;
  cancel(reservation: string): void;
  /** Messages to us since the last call. */
  webhooks(): Promise<readonly InboundRequest[]>;
  /** Null: the platform sends none, it has to be polled. */
  readonly webhookSecret: string | null;
  expireTokens(): void;
}

export interface Stay {
  readonly checkIn: PlainDate;
  readonly checkOut: PlainDate;
  readonly guest?: { readonly first: string; readonly last: string };
}

export interface ContractOptions {
  /** A new core. `unnamed`: refusals do not say which cell they mean. */
  start(culprits?: 'named' | 'unnamed'): Subject;
  /** Requests that a sync of 500 nights from 1 November 2026 may take. */
  readonly fullSyncRequests: number;
}
