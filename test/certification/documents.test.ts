import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BookingId } from '../../schemas/domain/ids.ts';
import { addDays } from '../../schemas/domain/plain-date.ts';
import type { VrboPlatform } from '../../simulators/vrbo/platform.ts';
import { CREDENTIAL, House, TENANT } from './house.ts';
import { CRAWL_MS, vrbo } from './platforms.ts';

const DAYS = 60;
const price = (ahead: number) => 9_000 + (ahead % 7) * 550;

/** A platform that fetches, behind the whole pipeline: what it sells follows from events of the PMS alone. */
describe.each(['vrbo', 'fewo_direkt'] as const)('%s', (channel) => {
  let house: House;
  let platform: VrboPlatform;

  beforeAll(async () => {
    house = await House.open(vrbo(channel, CREDENTIAL));
    platform = house.market.platform as VrboPlatform;
    await house.goLive(DAYS, price);
  });
  afterAll(() => house.close());

  const home = () => house.homes[0];
  const rounds = (count: number) => house.time.advance(count * CRAWL_MS + 20_000);
  const fetched = () => {
    const { taken, unchanged, refused } = platform.crawler.counts;
    return { taken, unchanged, refused };
  };
  /** Documents taken while something happens at the PMS and so many rounds after it. */
  async function takenAfter(doing: Promise<unknown>, count = 2): Promise<number> {
    const before = fetched().taken;
    await house.after(doing);
    await rounds(count);
    return fetched().taken - before;
  }
  const nights = (ahead: number, count: number) => {
    const { start, end } = house.nights(ahead, count);
    return platform.calendar(home().unit, start, end);
  };

  it('sells what the PMS has after three documents of each home: prices, calendar, and the calendar that opens', async () => {
    await rounds(3);
    expect(nights(0, DAYS).map(({ sellable }) => sellable)).toEqual(Array(DAYS).fill(true));
    expect(nights(0, DAYS).map(({ rates }) => rates.standard?.price)).toEqual(
      Array.from({ length: DAYS }, (_, ahead) => price(ahead)),
    );
    expect(nights(DAYS, 400).some(({ sellable }) => sellable)).toBe(false);
    // Beside the static two: configuration and listing.
    expect(fetched()).toEqual({ taken: 2 * (3 + 2), unchanged: 0, refused: 0 });
  });

  it('fetches nothing while nothing changes', async () => {
    const before = platform.ledger.report().byKind.fetch;
    await rounds(6);
    expect(platform.ledger.report().byKind.fetch).toBe(before);
  });

  it('takes one document for a closing, one for a price, and two for a night that opens with a new price', async () => {
    const { desk } = house.storage;
    const { propertyId } = home();
    const closed = desk.block(TENANT, propertyId, house.nights(20, 3), true);
    expect(await takenAfter(closed)).toBe(1);
    expect(nights(19, 5).map(({ sellable }) => sellable)).toEqual([
      true,
      false,
      false,
      false,
      true,
    ]);
    const dearer = desk.price(TENANT, propertyId, house.nights(21, 1), 'EUR', 15_055);
    expect(await takenAfter(dearer)).toBe(1);
    const both = Promise.all([
      desk.price(TENANT, propertyId, house.nights(20, 1), 'EUR', 14_000),
      desk.block(TENANT, propertyId, house.nights(20, 1), false),
    ]);
    expect(await takenAfter(both, 3)).toBe(2);
    expect(nights(20, 2)).toMatchObject([
      { sellable: true, rates: { standard: { price: 14_000 } } },
      { sellable: false, rates: { standard: { price: 15_055 } } },
    ]);
  });

  it('shows restrictions, and a direct booking and its cancellation', async () => {
    const { desk } = house.storage;
    const { propertyId } = home();
    const rules = {
      min_stay_arrival: 3,
      min_stay_through: null,
      max_stay: 14,
      closed_to_arrival: false,
      closed_to_departure: true,
    };
    expect(await takenAfter(desk.restrict(TENANT, propertyId, house.nights(30, 1), rules))).toBe(1);
    expect(nights(30, 1)[0]?.rates.standard).toMatchObject({
      minStayArrival: 3,
      maxStay: 14,
      closedToArrival: false,
      closedToDeparture: true,
    });
    const { start } = house.nights(40);
    const id = 'c0ffee00-0000-4000-8000-0000000000d1' as BookingId;
    const booking = { id, propertyId, checkIn: start, checkOut: addDays(start, 2) };
    await takenAfter(desk.book(TENANT, booking));
    expect(nights(39, 4).map(({ sellable }) => sellable)).toEqual([true, false, false, true]);
    await takenAfter(desk.cancel(TENANT, id));
    expect(nights(39, 4).every(({ sellable }) => sellable)).toBe(true);
  });

  it('takes a new calendar at midnight, and prices only when they changed', async () => {
    const before = fetched().taken;
    await house.time.advance(86_400_000);
    // Both homes: the ranges of calendar and prices begin a day later; static documents are looked at, and are as they were.
    expect(fetched().taken - before).toBe(4);
  });

  it('takes another text with its next daily round, and nothing else for it', async () => {
    const before = fetched().taken;
    await house.after(house.describe(home(), { name: 'Lakeside II' }));
    await rounds(2);
    expect(fetched().taken).toBe(before);
    await house.time.advance(86_400_000);
    // The midnight in between, as above.
    expect(fetched().taken - before).toBe(4 + 1);
  });

  it('broke no rule, and was sent nothing', async () => {
    expect(platform.report().violations).toEqual({});
    expect(house.writes).toEqual([]);
    expect(fetched().refused).toBe(0);
  });
});
