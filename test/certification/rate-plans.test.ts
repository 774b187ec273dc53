import { afterEach, describe, expect, it } from 'vitest';
import type { BookingComPlatform } from '../../simulators/booking_com/platform.ts';
import type { ExpediaPlatform } from '../../simulators/expedia/platform.ts';
import { CREDENTIAL, House, TENANT } from './house.ts';
import { airbnb, bookingCom, expedia, type Fixture, google, type Room, vrbo } from './platforms.ts';

const DAYS = 40;
const GHOST = '99';
const DAY = 86_400_000;

let house: House | undefined;
afterEach(() => house?.close());

/** The connections name a rate plan more than the platform knows; `alone`: and no other. */
function withUnknownPlan(fixture: Fixture, alone = false): Fixture {
  const misconnected = (room: Room): Room => ({
    ...room,
    ratePlans: [...(alone ? [] : room.ratePlans), { id: GHOST, adjustment: null }],
  });
  return {
    ...fixture,
    build(...ports) {
      const market = fixture.build(...ports);
      const [first, second] = market.rooms;
      return { ...market, rooms: [misconnected(first), misconnected(second)] };
    },
  };
}

async function live(fixture: Fixture) {
  const present = await House.open(fixture);
  house = present;
  const writes = await present.goLive(DAYS, (ahead) => 10_000 + ahead);
  const home = present.homes[0];
  const { start, end } = present.nights(0, DAYS);
  const shown = () => present.market.platform.calendar(home.unit, start, end);
  const told = async () =>
    (await present.alerts()).filter(({ connection_id }) => connection_id === home.connectionId);
  return { house: present, home, writes, shown, told };
}

// Without it going live takes 35 and 4 requests; a message that is refused whole goes again without the plan.
describe.each([
  { fixture: bookingCom, requests: 35 },
  { fixture: expedia, requests: 5 },
])('$fixture.channel, with a rate plan that it does not know', ({ fixture, requests }) => {
  it('sells all others, asks once, and tells the owner once', async () => {
    const { house: present, home, writes, shown, told } = await live(withUnknownPlan(fixture));
    expect(shown().every(({ sellable }) => sellable)).toBe(true);
    expect(writes.filter((write) => write.home === home)).toHaveLength(requests);
    expect(await told()).toMatchObject([{ code: 'RATE_PLAN_UNKNOWN', severity: 'warning' }]);
    expect((await told())[0]?.message).toContain(`rate plan ${GHOST}`);
    const changed = await present.after(
      present.storage.desk.price(TENANT, home.propertyId, present.nights(3, 5), 'EUR', 20_000),
    );
    expect(changed).toHaveLength(1);
    expect(changed[0]?.changes.some(({ ratePlanId }) => ratePlanId === GHOST)).toBe(false);
    expect(shown()[3]?.sellable).toBe(true);
    expect(await told()).toHaveLength(1);
  });

  it('opens nothing when it knows no other', async () => {
    const { shown, told } = await live(withUnknownPlan(fixture, true));
    expect(shown().some(({ sellable }) => sellable)).toBe(false);
    expect(await told()).toMatchObject([{ code: 'RATE_PLAN_UNKNOWN' }]);
  });
});

it('google, which learns of rate plans from us: the content names them all, so it knows each', async () => {
  const { home, writes, shown, told } = await live(withUnknownPlan(google, true));
  // Content, the nights that have no price, and restrictions, prices, units.
  expect(writes.filter((write) => write.home === home)).toHaveLength(1 + 1 + 3);
  expect(shown().every(({ sellable }) => sellable)).toBe(true);
  expect(await told()).toEqual([]);
});

describe.each([bookingCom, expedia])('$channel, once it knows the rate plan', (fixture) => {
  it('has all of it after the next midnight, without anybody', async () => {
    const { house: present, home, shown } = await live(withUnknownPlan(fixture));
    const platform = present.market.platform as BookingComPlatform | ExpediaPlatform;
    platform.addRate(home.unit, { id: GHOST });
    await present.time.advance(DAY);
    await present.settle();
    const prices = shown().map(({ rates }) => rates[GHOST]?.price);
    expect(prices.slice(1)).toEqual(Array.from({ length: DAYS - 1 }, (_, n) => 10_001 + n));
  });
});

describe.each([airbnb, vrbo('vrbo', CREDENTIAL)])(
  '$channel, which sells at one price',
  (fixture) => {
    it('shows that of the first rate plan, opens and closes, and says so', async () => {
      const { house: present, home, shown, told } = await live(withUnknownPlan(fixture));
      const { desk } = present.storage;
      const block = (blocked: boolean) =>
        present.after(desk.block(TENANT, home.propertyId, present.nights(5), blocked));
      await present.time.advance(1_000_000);
      expect(shown().every(({ sellable }) => sellable)).toBe(true);
      await block(true);
      await present.time.advance(1_000_000);
      expect(shown()[5]?.sellable).toBe(false);
      await block(false);
      await present.time.advance(1_000_000);
      expect(shown()[5]?.sellable).toBe(true);
      expect(await told()).toMatchObject([{ code: 'MAPPING_UNSUPPORTED', severity: 'info' }]);
    });
  },
);
