import type { Change } from '../../connectors/contract.ts';
import type { TransportResult } from '../../connectors/transport/port.ts';
import type { PlainDate, PlainMonth } from '../../schemas/domain/plain-date.ts';
import { dayIndex, monthOf } from '../../schemas/domain/plain-date.ts';
import type { AcknowledgedPage, Connection, DesiredPage } from '../../schemas/generated/types.ts';
import type { Exchange } from '../../simulators/ledger.ts';
import type { ConnectionPlan } from '../world/plan.ts';

/** What the sender knew when the request went to its socket. Pages are the decoded ones, never changed. */
export interface Knowledge {
  readonly connection: Connection | undefined;
  readonly desired: ReadonlyMap<PlainMonth, DesiredPage>;
  readonly acknowledged: ReadonlyMap<PlainMonth, AcknowledgedPage>;
}

/** One request that left, or nearly. */
export interface SentRequest {
  readonly number: number;
  /** Virtual ms at the socket. */
  readonly at: number;
  readonly process: string;
  readonly channel: string;
  readonly endpoint: string;
  readonly method: string;
  readonly credentialId: string | null;
  /** Of a write of a calendar. */
  readonly target: ConnectionPlan | null;
  readonly changes: readonly Change[];
  readonly knowledge: Knowledge | null;
  /** Virtual ms at which the sender learned how it ended; null: it never did. */
  endedAt: number | null;
  result: TransportResult['kind'] | null;
  /** Null: it did not reach the platform. */
  exchange: Exchange | null;
  reached: boolean;
}

/** Every request of every process, in the order in which they went to their sockets. */
export class RequestLog {
  readonly sent: SentRequest[] = [];
  readonly #byExchange = new Map<string, SentRequest>();
  #leaving: SentRequest | null = null;

  /** A request is at its socket; the network takes it in the same turn. */
  leaves(request: Omit<SentRequest, 'number'>): SentRequest {
    const entry: SentRequest = { ...request, number: this.sent.length + 1 };
    this.sent.push(entry);
    this.#leaving = entry;
    return entry;
  }

  takeLeaving(): SentRequest | null {
    const leaving = this.#leaving;
    this.#leaving = null;
    return leaving;
  }

  notReached(request: SentRequest): void {
    request.reached = false;
  }

  arrived(request: SentRequest, exchange: Exchange): void {
    request.exchange = exchange;
    this.#byExchange.set(`${request.channel} ${exchange.id}`, request);
  }

  ofExchange(channel: string, exchange: number): SentRequest | undefined {
    return this.#byExchange.get(`${channel} ${exchange}`);
  }

  /** Writes to calendars and acknowledgements: what a replay must not repeat. */
  sentSince(number: number): readonly SentRequest[] {
    return this.sent.filter((request) => request.number > number);
  }
}

/** The availability that the sender knew to be wanted of a night; null: unknown. */
export function wantedAvailability(knowledge: Knowledge, night: PlainDate): number | null {
  const page = knowledge.desired.get(monthOf(night));
  const column = page?.columns.find(({ field }) => field === 'availability');
  return column?.values[dayIndex(night)] ?? null;
}

/** When the channel closed the night by a booking of its own, as the sender knew; null: it did not. */
export function impliedAt(knowledge: Knowledge, night: PlainDate): number | null {
  return knowledge.desired.get(monthOf(night))?.implied_at[dayIndex(night)] ?? null;
}

/** Whether the sender knew that the channel holds the night for a reason of its own. */
export function isHeld(knowledge: Knowledge, night: PlainDate): boolean {
  const page = knowledge.acknowledged.get(monthOf(night));
  const column = page?.columns.find(({ field }) => field === 'availability');
  return column?.cells[dayIndex(night)]?.state === 'held';
}
