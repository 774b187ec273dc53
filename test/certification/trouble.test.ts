import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { House, TENANT } from './house.ts';
import { airbnb, bookingCom, expedia, google } from './platforms.ts';

const DAYS = 60;
const MINUTE = 60_000;

/** What partners' lists ask about errors, for the whole pipeline: a bad value, a platform that is down, a channel that holds nights, a burst. */
describe.each([airbnb, bookingCom, expedia, google])('$channel, in trouble', (fixture) => {
  let house: House;

  beforeAll(async () => {
    house = await House.open(fixture);
    await house.goLive(DAYS, (ahead) => 10_000 + ahead);
  });
  afterEach(() => house.market.platform.faults.clear());
  afterAll(() => house.close());

  const home = () => house.homes[0];
  const faults = () => house.market.platform.faults;
  const price = (ahead: number, nights: number, amount: number) =>
    house.storage.desk.price(TENANT, home().propertyId, house.nights(ahead, nights), 'EUR', amount);
  const block = (ahead: number, nights: number, blocked: boolean) =>
    house.storage.desk.block(TENANT, home().propertyId, house.nights(ahead, nights), blocked);
  const shown = (ahead: number, nights: number) => {
    const { start, end } = house.nights(ahead, nights);
    return house.market.platform.calendar(home().unit, start, end);
  };
  /** Price of the first rate plan, which a listing does not name. */
  const prices = (ahead: number, nights: number) => {
    const plan = home().ratePlans[0]?.id ?? '';
    return shown(ahead, nights).map(({ rates }) => (rates[plan] ?? Object.values(rates)[0])?.price);
  };
  const sellable = (ahead: number, nights: number) =>
    shown(ahead, nights).map((night) => night.sellable);
  const refusePrice = (ahead: number) =>
    faults().arm({
      kind: 'refuse',
      nights: [house.nights(ahead).start],
      field: 'price',
      times: null,
      on: 'write',
    });

  it('a price that the platform refuses: the rest arrives, a closing of that night too, the owner is told; a correction clears it', async () => {
    refusePrice(12);
    await house.after(price(10, 5, 15_000));
    expect(prices(10, 5)).toEqual([15_000, 15_000, 10_012, 15_000, 15_000]);
    const [told] = (await house.alerts()).slice(-1);
    expect(told).toMatchObject({
      code: 'CHANNEL_VALUE_REFUSED',
      connection_id: home().connectionId,
      severity: 'warning',
    });
    expect(told?.message).toContain(`price of ${house.nights(12).start}: `);
    const { cells } = JSON.parse(told?.context ?? '') as { readonly cells: readonly object[] };
    expect(cells).toHaveLength(home().ratePlans.length);
    expect(cells[0]).toMatchObject({ night: house.nights(12).start, field: 'price' });
    await house.after(block(12, 1, true));
    expect(sellable(10, 5)).toEqual([true, true, false, true, true]);
    expect(await house.after(price(12, 1, 15_000))).toEqual([]);
    faults().clear();
    await house.after(Promise.all([price(12, 1, 14_000), block(12, 1, false)]));
    expect(prices(12, 1)).toEqual([14_000]);
    expect(sellable(10, 5)).toEqual([true, true, true, true, true]);
  });

  it('an opening whose price is refused stays closed until the price is right', async () => {
    await house.after(block(20, 1, true));
    refusePrice(20);
    await house.after(Promise.all([price(20, 1, 16_000), block(20, 1, false)]));
    expect(sellable(19, 3)).toEqual([true, false, true]);
    faults().clear();
    await house.after(price(20, 1, 16_500));
    expect(sellable(19, 3)).toEqual([true, true, true]);
    expect(prices(20, 1)).toEqual([16_500]);
  });

  it('a night that the channel holds stays so through a full sync, until a person takes it back', async () => {
    const { start, end } = house.nights(25, 2);
    house.market.platform.ownerBlock(home().unit, start, end, true);
    await house.hold(home(), { start, end });
    const { operations } = house;
    await house.after(operations.fullSync(TENANT, home().connectionId, 'somebody'));
    expect(sellable(24, 4)).toEqual([true, false, false, true]);
    await house.after(price(25, 2, 17_000));
    expect(sellable(24, 4)).toEqual([true, false, false, true]);
    house.market.platform.ownerBlock(home().unit, start, end, false);
    await house.after(operations.override(TENANT, home().connectionId, 'somebody', { start, end }));
    expect(sellable(24, 4)).toEqual([true, true, true, true]);
    expect(prices(25, 2)).toEqual([17_000, 17_000]);
  });

  it('down for a minute: tried again after 2, 4, 8 and 16 s, then probed; what arrives is what is true by then', async () => {
    house.writes.splice(0);
    const maintenance = faults().arm({ kind: 'fail', status: 503, times: null });
    await house.during(price(30, 1, 18_000));
    await house.time.advance(20_000);
    await house.during(price(30, 1, 19_000));
    await house.time.advance(40_000);
    const attempts = house.writes.splice(0).length;
    expect(attempts).toBeGreaterThanOrEqual(4);
    expect(attempts).toBeLessThanOrEqual(5);
    faults().clear(maintenance);
    const after = await house.settle(2 * MINUTE);
    expect(after).toHaveLength(1);
    expect(prices(30, 1)).toEqual([19_000]);
    const row = await house.during(house.storage.connections.get(TENANT, home().connectionId));
    expect(row?.phase).toBe('active');
  });

  it('no answer: nothing is taken for done, and the value is there in the end', async () => {
    faults().arm({ kind: 'hang', on: 'write' });
    await house.during(price(33, 1, 21_000));
    await house.settle(2 * MINUTE);
    expect(prices(33, 1)).toEqual([21_000]);
  });

  it('a hundred changes in ten seconds: no 429, the last one stands, each within two minutes', async () => {
    for (let change = 1; change <= 100; change += 1) {
      await house.during(price(40 + (change % 10), 1, 22_000 + change));
      await house.time.advance(100);
    }
    await house.settle();
    expect(prices(40, 10)).toEqual([22_100, ...Array.from({ length: 9 }, (_, n) => 22_091 + n)]);
  });

  it('broke none of its rules meanwhile', () => {
    const { violations, rateLimited } = house.market.platform.report();
    expect({ violations, rateLimited }).toEqual({ violations: {}, rateLimited: 0 });
  });
});
