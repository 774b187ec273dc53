import { describe, expect, it } from 'vitest';
import type { Connector } from '../../../connectors/contract.ts';
import { modelConnector } from '../testing/model-connector.ts';
import { OPEN, opened, start } from '../testing/story.ts';

/** The model channel, and each price as it was planned, with its currency. */
function noting() {
  const sent: [string, number][] = [];
  const model = modelConnector();
  const connector: Connector = {
    ...model,
    plan: (connection, changes, context) => {
      for (const { field, value } of changes)
        if (field === 'price') sent.push([context.currency, value]);
      return model.plan(connection, changes, context);
    },
  };
  return { connector, sent };
}

describe('a change of currency', () => {
  it('a price that keeps its digits in another currency is another price: it is sent again', async () => {
    const { connector, sent } = noting();
    const { harness, night } = await opened(connector);
    expect(sent).toEqual([['EUR', 10_000]]);
    // The property moves from euros to yen: no price is known any more, then 10,000 yen is entered (it was 100.00 euros).
    await harness.want(night, { availability: 0, price: null });
    await harness.time.advance(60_000);
    await harness.connect({ currency: 'JPY' });
    await harness.want(night, { availability: 1, price: 10_000 });
    await harness.time.advance(60_000);
    expect(harness.availability(night)).toBe(1);
    expect(sent).toContainEqual(['JPY', 10_000]);
    expect(harness.sent(night, 'price')).toEqual([10_000, 10_000]);
  });

  it('a price refused for its currency goes once the currency is corrected', async () => {
    const harness = await start();
    const night = harness.night(10);
    harness.channel.next({
      kind: 'answer',
      outcome: {
        kind: 'refused',
        refused: [
          {
            change: { night, field: 'price', ratePlanId: 'standard', value: 10_000 },
            code: 'PRICE_CURRENCY_MISMATCH',
            advice: '3103: Set the currency of the connection',
          },
        ],
        code: 'PRICE_CURRENCY_MISMATCH',
        message: '3103',
      },
    });
    await harness.want(night, OPEN);
    await harness.time.advance(60_000);
    expect(harness.availability(night)).toBeUndefined();
    // What the advice says: the currency is set; the price keeps its number.
    await harness.connect({ currency: 'USD' });
    await harness.want(night, OPEN);
    await harness.time.advance(60_000);
    expect(harness.availability(night)).toBe(1);
  });

  it('of the row alone lets no price and no opening out before mapping has answered to it', async () => {
    const { harness, night } = await opened();
    await harness.want(night, { availability: 0 });
    await harness.time.advance(5_000);
    await harness.connect({ phase: 'paused' });
    await harness.want(night, { availability: 1, price: 12_300 });
    await harness.time.advance(5_000);
    // The listing is priced in dollars, says the owner; mapping still has euros.
    await harness.connect({ phase: 'active', currency: 'USD' });
    await harness.time.advance(5_000);
    expect(harness.sent(night, 'price')).toEqual([10_000]);
    expect(harness.availability(night)).toBe(0);
    // What mapping makes of it.
    await harness.want(night, { availability: 0, price: null });
    await harness.time.advance(5_000);
    expect(harness.sent(night, 'price')).toEqual([10_000]);
    expect(harness.availability(night)).toBe(0);
  });

  it('reaches the pages one by one: no price leaves under the currency of another page', async () => {
    const { connector, sent } = noting();
    const { harness, night } = await opened(connector);
    const later = harness.night(45);
    harness.channel.next({ kind: 'silence', lands: null });
    await harness.want(later, { ...OPEN, price: 20_000 });
    await harness.time.advance(500);
    await harness.connect({ currency: 'JPY' });
    await harness.want(night, { availability: 1, price: 9_000 });
    await harness.time.advance(90_000);
    expect(sent.filter(([currency, value]) => currency === 'JPY' && value === 20_000)).toEqual([]);
    await harness.want(later, { ...OPEN, price: 3_000 });
    await harness.time.advance(90_000);
    expect(harness.shown({ night: later, field: 'price', ratePlanId: 'standard' })).toBe(3_000);
    expect(sent.filter(([currency, value]) => currency === 'EUR' && value < 10_000)).toEqual([]);
  });
});
