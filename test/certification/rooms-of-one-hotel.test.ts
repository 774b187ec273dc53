import { afterEach, expect, it } from 'vitest';
import { ExpediaPlatform } from '../../simulators/expedia/platform.ts';
import { House, TENANT } from './house.ts';
import { expedia, type Fixture, type Room } from './platforms.ts';

/** Two rooms of ONE hotel, each a connection of ours: what an owner of a house with several flats has. */
const oneHotel: Fixture = {
  ...expedia,
  build(ports, post) {
    const platform = new ExpediaPlatform(ports, post, { users: { ours: 'secret' } });
    const room = (id: string): Room => ({
      listing: '500',
      roomId: id,
      account: 'ours',
      unit: id,
      ratePlans: [{ id: `${id}1`, adjustment: null }],
    });
    const rooms = [room('5001'), room('5101')] as const;
    platform.createHotel({
      id: '500',
      rooms: rooms.map(({ unit }) => ({ id: unit, rates: [{ id: `${unit}1` }] })),
    });
    return {
      platform,
      credential: { clientId: 'ours', clientSecret: 'secret', refreshToken: null },
      rooms,
    };
  },
};

let house: House | undefined;
afterEach(() => house?.close());

it('two rooms of one Expedia hotel never have two messages out at once', async () => {
  house = await House.open(oneHotel);
  house.market.platform.setAnswerTime(300, 600);
  await house.goLive(30, () => 10_000);
  const { desk } = house.storage;
  for (let round = 0; round < 20; round++) {
    for (const { propertyId } of house.homes)
      await house.during(
        desk.price(TENANT, propertyId, house.nights(5, 3), 'EUR', 11_000 + round * 100),
      );
    await house.time.advance(1_000);
  }
  await house.settle();
  const { violations, advice, rateLimited } = house.market.platform.report();
  expect({ violations, advice, rateLimited }).toEqual({
    violations: {},
    advice: {},
    rateLimited: 0,
  });
});
