import { systemClock } from '../../runtime/system/clock.ts';
import { systemRandom } from '../../runtime/system/random.ts';
import type { BookingId } from '../../schemas/domain/ids.ts';
import { importProperty } from '../import/import-property.ts';
import { activate, connect } from './connecting.ts';
import { BASE_PRICE, CURRENCY, PROPERTY, SALES, TENANT, TIME_ZONE } from './home.ts';
import { HOME_DETAILS } from './home-details.ts';
import type { Telling } from './telling.ts';

/** A home with prices, blocked nights and a direct booking; one guest has booked at Airbnb before we came. */
export async function furnish(telling: Telling): Promise<void> {
  const { services, airbnb } = telling.world;
  const { desk } = services.storage;
  telling.narrator.chapter('A home with prices, blocked nights and a booking');
  await desk.registerProperty(TENANT, {
    id: PROPERTY,
    name: 'Haus am See',
    timeZone: TIME_ZONE,
    currency: CURRENCY,
    maxGuests: 4,
    details: HOME_DETAILS,
  });
  await desk.price(TENANT, PROPERTY, telling.nights(0, 540), CURRENCY, BASE_PRICE);
  await desk.price(TENANT, PROPERTY, telling.nights(120, 180), CURRENCY, 19_050);
  await desk.restrict(TENANT, PROPERTY, telling.nights(120, 180), {
    min_stay_arrival: 3,
    min_stay_through: null,
    max_stay: 21,
    closed_to_arrival: false,
    closed_to_departure: false,
  });
  await desk.block(TENANT, PROPERTY, telling.nights(200, 207), true);
  await desk.book(TENANT, {
    id: systemRandom.uuid() as BookingId,
    propertyId: PROPERTY,
    checkIn: telling.day(10),
    checkOut: telling.day(14),
  });
  airbnb.platform.book({
    rooms: [{ unit: SALES.airbnb.unit, checkIn: telling.day(60), checkOut: telling.day(63) }],
    force: true,
  });
  await importProperty(services.storage.snapshots, TENANT, PROPERTY, {
    clock: systemClock,
    random: systemRandom,
  });
  telling.narrator.say(
    'in the PMS: prices for 540 nights, a minimum stay for 60 of them, 7 blocked nights, 1 booking',
  );
  telling.narrator.say('imported as one snapshot event');
}

/** pending → importing → preview → active, for each channel. */
export async function goLive(telling: Telling): Promise<void> {
  telling.narrator.chapter('It goes live on its channels');
  for (const sale of Object.values(SALES)) {
    await connect(telling, sale);
    telling.narrator.say(
      `${telling.nameOf(sale)}: pending → importing → preview; only closings leave`,
    );
  }
  const found = await telling.until('the reservation that Airbnb had is imported', async () => {
    const rows = await telling.rows<{ check_in: string; check_out: string }>(
      "SELECT check_in::text, check_out::text FROM bookings WHERE source = 'airbnb' AND property_id = $1",
      [PROPERTY],
    );
    return rows[0];
  });
  telling.narrator.say(
    `Airbnb had a reservation before us, ${found.check_in} to ${found.check_out}: it is a booking in the PMS now`,
  );
  for (const sale of Object.values(SALES)) {
    await activate(telling, sale);
    telling.narrator.say(`${telling.nameOf(sale)}: active; openings and prices leave too`);
  }
  const requestsBefore = telling.requests();
  const started = performance.now();
  await telling.parity();
  telling.narrator.say(
    'Google was told of the room and its rate first: before that it takes no price',
  );
  telling.narrator.say(
    `full sync: every calendar is right after ${((performance.now() - started) / 1_000).toFixed(1)} s and ${telling.requests() - requestsBefore} requests`,
  );
}
