import type { Night } from '../dates.ts';
import type {
  BookingChange,
  BookingOrder,
  BookingResult,
  DriftValues,
  NightView,
  PlatformReport,
  ReservationView,
  SimulatedPlatform,
} from '../platform.ts';
import { PlatformCore } from '../platform-core.ts';
import type { RateSpec } from './hotel.ts';
import type { Hotels } from './hotels.ts';
import type { RateTerms } from './room.ts';

/** A platform of hotels, as far as both are alike: its units are rooms, its targets hotels. */
export abstract class HotelPlatform<Terms extends RateTerms>
  extends PlatformCore
  implements SimulatedPlatform
{
  abstract readonly channel: string;
  protected abstract readonly hotels: Hotels<Terms>;
  protected abstract readonly guests: Pick<SimulatedPlatform, 'book' | 'modify' | 'cancel'>;

  abstract reservations(): readonly ReservationView[];
  abstract expireTokens(): void;
  abstract report(): PlatformReport;

  /** The hotel adds a rate plan to a room. */
  addRate(unit: string, rate: RateSpec): void {
    this.hotels.room(unit).addRate(rate);
  }

  /** The hotel ends or renews the connection with its provider. */
  connect(hotel: string, connected: boolean): void {
    this.hotels.connect(hotel, connected);
  }

  units(): readonly string[] {
    return [...this.hotels.rooms.keys()];
  }

  targetOf(unit: string): string {
    return this.hotels.room(unit).hotel.id;
  }

  calendar(unit: string, first: Night, end: Night): NightView[] {
    return this.hotels.calendar(unit, first, end);
  }

  book(order: BookingOrder): BookingResult {
    return this.guests.book(order);
  }

  modify(reservation: string, change: BookingChange): BookingResult {
    return this.guests.modify(reservation, change);
  }

  cancel(reservation: string): BookingResult {
    return this.guests.cancel(reservation);
  }

  drift(unit: string, night: Night, values: DriftValues): void {
    this.hotels.drift(unit, night, values);
  }

  ownerBlock(unit: string, first: Night, end: Night, blocked: boolean): void {
    this.hotels.ownerBlock(unit, first, end, blocked);
  }

  reopen(unit: string, first: Night, end: Night): void {
    this.hotels.reopen(unit, first, end);
  }
}
