import { systemRandom } from '../../runtime/system/random.ts';
import type { BookingId } from '../../schemas/domain/ids.ts';
import type { DateRange } from '../../schemas/domain/plain-date.ts';
import type { BookingResult } from '../../simulators/index.ts';
import { CRAWL_MS } from '../up/platforms.ts';
import type { Sale } from './home.ts';
import { CURRENCY, PROPERTY, SALES, TENANT } from './home.ts';
import { fetches, type Telling } from './telling.ts';

/** A direct booking closes its nights everywhere. */
export async function directBooking(telling: Telling): Promise<void> {
  telling.narrator.chapter('A guest books directly');
  const nights = telling.nights(20, 24);
  await bookDirectly(telling, nights);
  const since = Date.now();
  const called = everywhere().filter(({ channel }) => !fetches(channel));
  const took = await Promise.all(
    called.map(
      async (sale) => `${sale.name} after ${await telling.closedSince(sale, nights, since)} ms`,
    ),
  );
  telling.narrator.say(`its nights are closed on ${took.join(', on ')}`);
  const fetching = everywhere().filter(({ channel }) => fetches(channel));
  const fetched = await Promise.all(
    fetching.map(async (sale) => {
      const ms = await telling.closedAfter(sale, nights, since);
      return `on ${sale.name} after ${(ms / 1_000).toFixed(1)} s`;
    }),
  );
  telling.narrator.say(
    `${fetched.join(', ')}: with the next round of its crawler, which comes each ${CRAWL_MS / 1_000} s here and each half an hour in truth`,
  );
}

/** @returns id of the booking */
export async function bookDirectly(telling: Telling, nights: DateRange): Promise<BookingId> {
  const id = systemRandom.uuid() as BookingId;
  const booking = { id, propertyId: PROPERTY, checkIn: nights.start, checkOut: nights.end };
  const result = await telling.world.services.storage.desk.book(TENANT, booking, {
    originTs: Date.now(),
  });
  if (result !== 'booked')
    throw new Error(`the direct booking of ${nights.start} was refused: ${result}`);
  return id;
}

/** Airbnb sends a webhook with nothing but a code; Parity fetches the rest, and the others close. */
export async function airbnbBooking(telling: Telling): Promise<void> {
  telling.narrator.chapter('A guest books on Airbnb');
  const nights = telling.nights(30, 33);
  const since = Date.now();
  const reservation = booked(
    telling.world.airbnb.platform.book({
      rooms: [{ unit: SALES.airbnb.unit, checkIn: nights.start, checkOut: nights.end }],
    }),
  );
  const took = await telling.closedSince(SALES.booking, nights, since);
  await stored(telling, 'airbnb', reservation);
  telling.narrator.say(
    `webhook → reservation fetched → booking stored in the PMS → closed on Booking.com, ${took} ms after the guest booked`,
  );
}

/** Booking.com says that its queue has news, so it is polled at once (else every 20 s); the message is acknowledged once the booking is stored. */
export async function bookingComBooking(telling: Telling): Promise<void> {
  telling.narrator.chapter('A guest books on Booking.com');
  const nights = telling.nights(40, 45);
  const since = Date.now();
  const { platform } = telling.world.booking;
  const reservation = booked(
    platform.book({
      rooms: [{ unit: SALES.booking.unit, checkIn: nights.start, checkOut: nights.end }],
    }),
  );
  const took = await telling.closedSince(SALES.airbnb, nights, since);
  await stored(telling, 'booking_com', reservation);
  telling.narrator.say(
    `notified → queue polled → booking stored in the PMS → closed on Airbnb, ${(took / 1_000).toFixed(1)} s after the guest booked`,
  );
  await telling.until('the acknowledgement', () => (platform.report().byKind.acknowledge ?? 0) > 0);
  telling.narrator.say('acknowledged to Booking.com, once the booking was stored');
}

/** A guest who books on Expedia. @returns the reservation, its nights and the time */
export function bookOnExpedia(telling: Telling) {
  const nights = telling.nights(54, 57);
  const reservation = booked(
    telling.world.expedia.platform.book({
      rooms: [{ unit: SALES.expedia.unit, checkIn: nights.start, checkOut: nights.end }],
    }),
  );
  return { reservation, nights, since: Date.now() };
}

/** Expedia says nothing: it is asked once a minute, and told the number of the booking once that is stored. */
export async function expediaBooking(
  telling: Telling,
  { reservation, nights, since }: ReturnType<typeof bookOnExpedia>,
): Promise<void> {
  telling.narrator.chapter('A guest has booked on Expedia meanwhile');
  await Promise.all(
    everywhere()
      .filter(({ channel }) => channel !== SALES.expedia.channel)
      .map((sale) => telling.sellable(sale, nights, false)),
  );
  await stored(telling, 'expedia', reservation);
  const took = await telling.closedAfter(SALES.airbnb, nights, since);
  telling.narrator.say(
    `asked once a minute → booking stored in the PMS → closed everywhere else, on Airbnb ${(took / 1_000).toFixed(1)} s after the guest booked`,
  );
  const { transactions } = telling.world.expedia.platform;
  await telling.until(
    'the confirmation',
    () => transactions.bookings.get(reservation)?.confirmNumber,
  );
  telling.narrator.say(
    `confirmed to Expedia as ${transactions.bookings.get(reservation)?.confirmNumber}`,
  );
}

/** Prices change, a guest of Airbnb cancels, a direct guest cancels. */
export async function changes(telling: Telling): Promise<void> {
  telling.narrator.chapter('Prices change, a guest cancels');
  const { desk } = telling.world.services.storage;
  await desk.price(TENANT, PROPERTY, telling.nights(90, 97), CURRENCY, 21_000);
  const nights = telling.nights(50, 52);
  const id = await bookDirectly(telling, nights);
  await Promise.all(everywhere().map((sale) => telling.sellable(sale, nights, false)));
  await desk.cancel(TENANT, id);
  await Promise.all(everywhere().map((sale) => telling.sellable(sale, nights, true)));
  await telling.parity();
  telling.narrator.say(
    'every channel shows the new prices, and the cancelled nights are on sale again',
  );
}

export function everywhere(): readonly Sale[] {
  return Object.values(SALES);
}

function booked(result: BookingResult): string {
  if (!result.ok) throw new Error(`the platform refused the guest: ${result.reason}`);
  return result.reservation;
}

async function stored(telling: Telling, source: string, reservation: string): Promise<void> {
  await telling.until(`booking ${reservation} in PostgreSQL`, async () => {
    const rows = await telling.rows(
      'SELECT 1 FROM bookings WHERE source = $1 AND channel_booking_id LIKE $2',
      [source, `${reservation}%`],
    );
    return rows.length > 0;
  });
}
