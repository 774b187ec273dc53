import { afterEach, expect, it } from 'vitest';
import type { AirbnbPlatform } from '../../simulators/airbnb/platform.ts';
import { House, TENANT } from './house.ts';
import { airbnb } from './platforms.ts';

let house: House | undefined;
afterEach(() => house?.close());

it('a range of refused prices is found in a few requests', async () => {
  house = await House.open(airbnb);
  const platform = house.market.platform as AirbnbPlatform;
  await house.goLive(300, () => 10_000);
  // The platform's own rate of exchange is a little lower than the table of the connector: 22.90 EUR are below 25 USD.
  platform.settings = { ...platform.settings, usdPer: { ...platform.settings.usdPer, EUR: 1 } };
  const { desk } = house.storage;
  const { propertyId } = house.homes[0];
  const low = desk.price(TENANT, propertyId, house.nights(30, 200), 'EUR', 2_290);
  const writes = await house.after(low);
  // Each refusal names the range that it means; nothing else is wrong.
  expect(writes.length).toBeLessThanOrEqual(20);
});
