import type { BookingId, PropertyId, TenantId } from '../../schemas/domain/ids.ts';
import type { PlainDate } from '../../schemas/domain/plain-date.ts';
import type {
  PmsEvent,
  PriceSpan,
  PropertyUpdated,
  RestrictionSet,
} from '../../schemas/generated/types.ts';
import { dateAt, type Night, nightsBetween } from '../dates.ts';
import type { SimClock } from '../http.ts';
import { snapshotPayload } from './snapshot.ts';
import { NO_RESTRICTIONS, type PropertyState, stateOf, type TruthNight, truthOf } from './truth.ts';

export interface PmsPorts {
  readonly clock: SimClock;
  /** Uniform in [0, 1); for ids. */
  readonly random: () => number;
  /** Puts an event on its way to `pms.events`, keyed by property_id. */
  publish(event: PmsEvent): void | Promise<void>;
  /** The counter of the property, shared with every other producer of its facts. Default: the PMS counts alone, from 1. */
  nextSequence?(propertyId: PropertyId): number | Promise<number>;
}

export interface PropertySpec {
  readonly id: string;
  readonly tenantId: string;
  readonly name?: string;
  readonly currency?: string;
  readonly timeZone?: string;
}

export type PmsBooking =
  | { readonly ok: true; readonly bookingId: string; readonly event: PmsEvent }
  | { readonly ok: false; readonly nights: readonly Night[] };

type Payload = PmsEvent['payload'];

/**
 * A property-management system: direct bookings, blocks, prices and restrictions of properties, and what it was told of channel
 * bookings. Every change is an event. It keeps its own truth, by which the channels are judged at the end.
 */
export class PmsSimulator {
  readonly #ports: PmsPorts;
  readonly #properties = new Map<string, PmsProperty>();
  readonly #counters = new Map<string, number>();

  constructor(ports: PmsPorts) {
    this.#ports = ports;
  }

  addProperty(spec: PropertySpec): PmsProperty {
    const property = new PmsProperty(spec, this.#ports, (id) => this.#count(id));
    this.#properties.set(spec.id, property);
    return property;
  }

  /** @throws RangeError for an id that was never added */
  property(id: string): PmsProperty {
    const property = this.#properties.get(id);
    if (!property) throw new RangeError(`the simulated PMS has no property ${id}`);
    return property;
  }

  properties(): readonly PmsProperty[] {
    return [...this.#properties.values()];
  }

  /** A fact that another producer wrote (a channel's booking). Own events and repeats are known already. */
  learn(event: PmsEvent): void {
    this.#properties.get(event.property_id)?.learn(event);
  }

  #count(propertyId: string): number {
    const next = (this.#counters.get(propertyId) ?? 0) + 1;
    this.#counters.set(propertyId, next);
    return next;
  }
}

export class PmsProperty {
  readonly id: PropertyId;
  readonly tenantId: TenantId;
  readonly #spec: PropertySpec;
  readonly #ports: PmsPorts;
  readonly #count: (propertyId: string) => number;
  readonly #facts: PmsEvent[] = [];
  readonly #known = new Set<string>();
  #state: PropertyState | undefined;

  constructor(spec: PropertySpec, ports: PmsPorts, count: (propertyId: string) => number) {
    this.id = spec.id as PropertyId;
    this.tenantId = spec.tenantId as TenantId;
    this.#spec = spec;
    this.#ports = ports;
    this.#count = count;
  }

  /** All events of the property, own and learned, as they came. */
  facts(): readonly PmsEvent[] {
    return this.#facts;
  }

  state(): PropertyState {
    this.#state ??= stateOf(this.#facts);
    return this.#state;
  }

  /** What is open, and for how much, from `first` up to, not including, `end`. */
  truth(first: Night, end: Night): TruthNight[] {
    return truthOf(this.state(), first, end, this.#ports.clock.now());
  }

  today(): Night {
    return dateAt(this.state().timeZone, this.#ports.clock.now());
  }

  /** Of the newest description; before the first one, that of the set-up. */
  currency(): string {
    return this.state().currency ?? this.#spec.currency ?? 'EUR';
  }

  describe(
    changes: Partial<Pick<PropertyUpdated, 'time_zone' | 'currency' | 'name'>> = {},
  ): Promise<PmsEvent> {
    return this.#emit('property.updated', {
      'parity.pms.PropertyUpdated': {
        property_id: this.id,
        name: this.#spec.name ?? `Property ${this.id}`,
        time_zone: this.#spec.timeZone ?? 'Europe/Berlin',
        currency: this.#spec.currency ?? 'EUR',
        max_guests: 4,
        address: null,
        fees: [],
        taxes: [],
        landing_url: null,
        content: null,
        ...changes,
      },
    });
  }

  /** A guest books with the owner. Refused where a night is taken, unless `force`. */
  async book(checkIn: Night, checkOut: Night, force = false): Promise<PmsBooking> {
    const taken = this.truth(checkIn, checkOut).filter(({ closedBy }) => closedBy.length > 0);
    if (taken.length > 0 && !force) return { ok: false, nights: taken.map(({ night }) => night) };
    const bookingId = this.#uuid();
    const event = await this.#emit('booking.confirmed', {
      'parity.pms.BookingConfirmed': this.#stay(bookingId, checkIn, checkOut),
    });
    return { ok: true, bookingId, event };
  }

  /** The PMS cancels a booking, its own or a channel's. @throws RangeError for one that is not live */
  cancel(bookingId: string): Promise<PmsEvent> {
    const { checkIn, checkOut } = this.#live(bookingId);
    return this.#emit('booking.cancelled', {
      'parity.pms.BookingCancelled': this.#stay(bookingId, checkIn, checkOut),
    });
  }

  /** The PMS moves a booking; overlaps are its own business. @throws RangeError for one that is not live */
  move(bookingId: string, checkIn: Night, checkOut: Night): Promise<PmsEvent> {
    const old = this.#live(bookingId);
    return this.#emit('booking.updated', {
      'parity.pms.BookingUpdated': {
        booking_id: bookingId as BookingId,
        property_id: this.id,
        old_dates: range(old.checkIn, old.checkOut),
        new_dates: range(checkIn, checkOut),
      },
    });
  }

  /** Blocks nights, by hand or under an id; a block with `expiresAt` (ms) ends by itself. */
  block(
    first: Night,
    end: Night,
    under: { readonly id?: string; readonly expiresAt?: number; readonly reason?: string } = {},
  ): Promise<PmsEvent> {
    return this.#availability(first, end, false, under);
  }

  /** Frees nights blocked by hand, or ends the block with that id. */
  unblock(first: Night, end: Night, under: { readonly id?: string } = {}): Promise<PmsEvent> {
    return this.#availability(first, end, true, under);
  }

  /** One price for all nights of a range; null takes the price away. Minor units. */
  price(
    first: Night,
    end: Night,
    amount: number | null,
    currency = this.currency(),
  ): Promise<PmsEvent> {
    const spans: PriceSpan[] = amount === null ? [] : [{ ...range(first, end), amount }];
    return this.#emit('pricing.updated', {
      'parity.pms.PricingUpdated': {
        property_id: this.id,
        date_range: range(first, end),
        currency,
        new_prices: spans,
      },
    });
  }

  /** Sets all restrictions of the nights; what is left out is none. */
  restrict(first: Night, end: Night, set: Partial<RestrictionSet>): Promise<PmsEvent> {
    return this.#emit('restrictions.updated', {
      'parity.pms.RestrictionsUpdated': {
        property_id: this.id,
        date_range: range(first, end),
        restrictions: { ...NO_RESTRICTIONS, ...set },
      },
    });
  }

  /** The whole calendar from a date on, as an event. */
  snapshot(first: Night): Promise<PmsEvent> {
    return this.#emit('calendar.snapshot', {
      'parity.pms.CalendarSnapshot': snapshotPayload(
        this.id,
        { ...this.state(), currency: this.currency() },
        first,
        this.#ports.clock.now(),
      ),
    });
  }

  learn(event: PmsEvent): void {
    if (this.#known.has(event.event_id) || event.sequence === null) return;
    this.#known.add(event.event_id);
    this.#facts.push(event);
    this.#state = undefined;
  }

  #availability(
    first: Night,
    end: Night,
    available: boolean,
    under: { readonly id?: string; readonly expiresAt?: number; readonly reason?: string },
  ): Promise<PmsEvent> {
    return this.#emit('availability.updated', {
      'parity.pms.AvailabilityUpdated': {
        property_id: this.id,
        date_range: range(first, end),
        available,
        block_id: under.id ?? null,
        expires_at: under.expiresAt ?? null,
        reason: under.reason ?? null,
      },
    });
  }

  async #emit(eventType: string, payload: Payload): Promise<PmsEvent> {
    const { nextSequence } = this.#ports;
    const sequence = nextSequence
      ? await nextSequence.call(this.#ports, this.id)
      : this.#count(this.id);
    const event: PmsEvent = {
      event_id: this.#uuid(),
      event_type: eventType,
      tenant_id: this.tenantId,
      property_id: this.id,
      sequence,
      occurred_at: this.#ports.clock.now(),
      origin: null,
      payload,
    };
    this.learn(event);
    await this.#ports.publish(event);
    return event;
  }

  #live(bookingId: string): { readonly checkIn: Night; readonly checkOut: Night } {
    const booking = this.state().bookings.get(bookingId);
    if (!booking?.live) throw new RangeError(`the simulated PMS has no live booking ${bookingId}`);
    return booking;
  }

  #stay(bookingId: string, checkIn: Night, checkOut: Night) {
    return {
      booking_id: bookingId as BookingId,
      property_id: this.id,
      check_in: checkIn as PlainDate,
      check_out: checkOut as PlainDate,
    };
  }

  /** Random (version 4) by the injected source, so that a seed repeats. */
  #uuid(): string {
    const digits = Array.from({ length: 32 }, () =>
      Math.floor(this.#ports.random() * 16).toString(16),
    );
    digits[12] = '4';
    digits[16] = '89ab'[Math.floor(this.#ports.random() * 4)] ?? '8';
    return digits.join('').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  }
}

function range(first: Night, end: Night): { readonly start: PlainDate; readonly end: PlainDate } {
  if (nightsBetween(first, end).length === 0)
    throw new RangeError(`${first} to ${end} holds no night`);
  return { start: first as PlainDate, end: end as PlainDate };
}
