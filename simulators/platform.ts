import { type Night, nightsBetween } from './dates.ts';
import type { FaultBook } from './faults.ts';
import type { SimRequest, SimResponse } from './http.ts';
import type { Ledger } from './ledger.ts';
import type { NightHistory } from './night-history.ts';
import type { WebhookSender } from './webhooks.ts';

/**
 * What every simulated platform offers to tests, scenario and control API. A *unit* is what a guest books: a listing, or a
 * room of a hotel (units are unique within the platform). A *target* is what the platform counts and blames: listing or hotel.
 */
export interface SimulatedPlatform {
  /** `airbnb`, `booking_com`, `expedia`, `fewo_direkt`, `google` or `vrbo`. */
  readonly channel: string;
  readonly faults: FaultBook;
  readonly ledger: Ledger;
  readonly history: NightHistory;
  readonly webhooks: WebhookSender;
  /** One call of the partner. Rejects with ConnectionReset; never settles when a fault hangs it. */
  handle(request: SimRequest): Promise<SimResponse>;
  /** Ms from arrival to answer, lowest and highest. */
  setAnswerTime(low: number, high: number): void;
  units(): readonly string[];
  /** The listing or hotel of a unit. */
  targetOf(unit: string): string;
  /** Nights from `first` up to, not including, `end`, as the platform sells them now. */
  calendar(unit: string, first: Night, end: Night): NightView[];
  reservations(): readonly ReservationView[];
  /** A guest books. Refused when the platform does not sell it; `force` books all the same (a race at the platform). */
  book(order: BookingOrder): BookingResult;
  /** A guest changes a booking. */
  modify(reservation: string, change: BookingChange): BookingResult;
  cancel(reservation: string, by?: 'guest' | 'host'): BookingResult;
  /** Sets fields of a night behind the partner's back. */
  drift(unit: string, night: Night, values: DriftValues): void;
  /** The owner blocks or frees nights in the platform's own calendar. */
  ownerBlock(unit: string, first: Night, end: Night, blocked: boolean): void;
  /** The platform puts nights on sale by itself. */
  reopen(unit: string, first: Night, end: Night): void;
  /** All access tokens end now. */
  expireTokens(): void;
  /** Everything that is counted. */
  report(): PlatformReport;
  /** Cancels all timers. */
  stop(): void;
}

/** One night as the platform holds it. */
export interface NightView {
  readonly night: Night;
  /** Whether a guest could book this night now (stay rules apart). */
  readonly sellable: boolean;
  /** Units that the platform has left to sell. */
  readonly availability: number;
  /** Whether the last written state (partner, owner or platform) closes the night, bookings apart. */
  readonly closed: boolean;
  /** Closed by the owner in the platform's own calendar. */
  readonly ownerBlocked: boolean;
  /** Live bookings over the night. */
  readonly bookings: readonly string[];
  readonly rates: Readonly<Record<string, RateView>>;
}

export interface RateView {
  /** Minor units of the unit's currency; null: none set. */
  readonly price: number | null;
  readonly closed: boolean;
  /** Null: no rule. */
  readonly minStayArrival: number | null;
  readonly minStayThrough: number | null;
  readonly maxStay: number | null;
  readonly closedToArrival: boolean;
  readonly closedToDeparture: boolean;
}

export interface GuestName {
  readonly first: string;
  readonly last: string;
}

export interface BookedRoom {
  readonly unit: string;
  /** Rate plan; default: the unit's first. */
  readonly rate?: string;
  readonly checkIn: Night;
  readonly checkOut: Night;
  readonly adults?: number;
  readonly children?: number;
}

export interface BookingOrder {
  readonly rooms: readonly BookedRoom[];
  readonly guest?: GuestName;
  readonly force?: boolean;
  /** A request that the host must accept, where the platform has that. */
  readonly request?: boolean;
}

export interface BookingChange {
  /** The rooms after the change, by index of the room stay; a missing index is cancelled, a new room has none. */
  readonly rooms: readonly (BookedRoom & { readonly index?: string })[];
  readonly force?: boolean;
}

export type BookingResult =
  | { readonly ok: true; readonly reservation: string }
  | { readonly ok: false; readonly reason: string; readonly nights: readonly Night[] };

export interface ReservationView {
  readonly id: string;
  readonly target: string;
  readonly status: string;
  readonly live: boolean;
  readonly rooms: readonly (BookedRoom & { readonly index: string; readonly live: boolean })[];
  readonly createdAt: number;
  readonly updatedAt: number;
  /** When the partner last was told of its present content; null: not yet. */
  readonly toldAt: number | null;
}

export interface DriftValues {
  /** Units to sell, or for a single unit 0 and 1. */
  readonly availability?: number;
  readonly closed?: boolean;
  readonly rate?: string;
  /** Minor units. */
  readonly price?: number;
  readonly minStay?: number;
}

export interface PlatformReport extends ReturnType<Ledger['report']> {
  readonly channel: string;
  readonly faults: Record<string, number>;
  readonly reservations: number;
  /** Nights of units that more live stays hold than there are rooms. */
  readonly overbookedNights: number;
  readonly webhooks: {
    readonly sent: number;
    readonly waiting: number;
    readonly dropped: number;
    readonly attempts: number;
  };
  readonly extra: Record<string, number>;
}

/** What a platform does with the nights of a cancelled stay. `own`: what it held before, unless written since; `always`: open; `never`: closed. */
export type OwnReopening = 'own' | 'always' | 'never';

export function platformReport(
  platform: Pick<SimulatedPlatform, 'channel' | 'faults' | 'ledger' | 'webhooks' | 'reservations'>,
  roomsOf: (unit: string) => number,
  extra: Record<string, number>,
): PlatformReport {
  const { deliveries } = platform.webhooks;
  return {
    ...platform.ledger.report(),
    channel: platform.channel,
    faults: platform.faults.counts(),
    reservations: platform.reservations().length,
    overbookedNights: overbookedNights(platform.reservations(), roomsOf),
    webhooks: {
      sent: deliveries.filter(({ state }) => state === 'delivered').length,
      waiting: platform.webhooks.waiting(),
      dropped: deliveries.filter(({ state }) => state === 'dropped' || state === 'given_up').length,
      attempts: deliveries.reduce((sum, { attempts }) => sum + attempts.length, 0),
    },
    extra,
  };
}

function overbookedNights(
  reservations: readonly ReservationView[],
  roomsOf: (unit: string) => number,
): number {
  const stays = new Map<string, { held: number; readonly rooms: number }>();
  for (const { unit, checkIn, checkOut, live } of reservations.flatMap(({ rooms }) => rooms)) {
    for (const night of live ? nightsBetween(checkIn, checkOut) : []) {
      const key = `${unit} ${night}`;
      const known = stays.get(key) ?? { held: 0, rooms: roomsOf(unit) };
      known.held += 1;
      stays.set(key, known);
    }
  }
  return [...stays.values()].filter(({ held, rooms }) => held > rooms).length;
}
