import { afterEach, describe, expect, it } from 'vitest';
import type { PmsEvent } from '../../schemas/generated/types.ts';
import { eventMessage } from '../../storage/ports/outbox.ts';
import { House, TENANT } from './house.ts';
import { airbnb, bookingCom, expedia, google } from './platforms.ts';

let house: House | undefined;
afterEach(() => house?.close());

describe.each([airbnb, bookingCom, expedia, google])('$channel', (fixture) => {
  it('1,000 edits of one cell while a request is out: exactly one more value is sent, the last', async () => {
    house = await House.open(fixture);
    await house.goLive(60, () => 10_000);
    const { desk } = house.storage;
    const { propertyId } = house.homes[0];
    const present = house;
    const price = (amount: number) =>
      present.during(desk.price(TENANT, propertyId, present.nights(30), 'EUR', amount));
    house.market.platform.setAnswerTime(8_000, 8_000);
    await price(11_111);
    await house.time.advance(2_000);
    expect(house.writes).toHaveLength(1);
    for (let edit = 1; edit <= 1_000; edit += 1) {
      await price(20_000 + edit);
      await house.time.advance(2);
    }
    expect(house.writes).toHaveLength(1);
    const writes = await house.settle();
    const plain = house.homes[0].ratePlans[0]?.id;
    const values = writes.flatMap(({ changes }) =>
      changes.filter(({ ratePlanId }) => ratePlanId === plain).map(({ value }) => value),
    );
    expect(values).toEqual([11_111, 21_000]);
    expect(house.market.platform.report().violations).toEqual({});
  });

  it('two edits that arrive in the wrong order: the newer one stands', async () => {
    house = await House.open(fixture);
    await house.goLive(60, () => 10_000);
    const { outbox } = house.storage;
    const { propertyId, unit } = house.homes[0];
    const nights = house.nights(30);
    const edit = (sequence: number, amount: number): PmsEvent => ({
      event_id: `e0000000-0000-4000-8000-${String(sequence).padStart(12, '0')}`,
      event_type: 'pricing.updated',
      tenant_id: TENANT,
      property_id: propertyId,
      sequence,
      occurred_at: 0,
      origin: null,
      payload: {
        'parity.pms.PricingUpdated': {
          property_id: propertyId,
          date_range: nights,
          currency: 'EUR',
          new_prices: [{ ...nights, amount }],
        },
      },
    });
    const late = [edit(90_002, 22_200), edit(90_001, 11_100)].map((event) => eventMessage(event));
    await house.after(outbox.append(TENANT, late));
    const [shown] = house.market.platform.calendar(unit, nights.start, nights.end);
    const prices = Object.values(shown?.rates ?? {}).map((rate) => rate.price);
    expect(prices).toContain(22_200);
    expect(prices).not.toContain(11_100);
  });
});
