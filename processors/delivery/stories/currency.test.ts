import { describe, expect, it } from 'vitest';
import type { Connector } from '../../../connectors/contract.ts';
import { modelConnector } from '../testing/model-connector.ts';
import { OPEN, opened, start } from '../testing/story.ts';

describe('a change of currency', () => {
  it('a price that keeps its digits in another currency is another price: it is sent again', async () => {
    const currencies: string[] = [];
    const model = modelConnector();
    const connector: Connector = {
      ...model,
      plan: (connection, changes, context) => {
        if (changes.some(({ field }) => field === 'price')) currencies.push(context.currency);
        return model.plan(connection, changes, context);
      },
    };
    const { harness, night } = await opened(connector);
    expect(new Set(currencies)).toEqual(new Set(['EUR']));
    // The property moves from euros to yen: no price is known any more, then 10,000 yen is entered (it was 100.00 euros).
    await harness.want(night, { availability: 0, price: null });
    await harness.time.advance(60_000);
    await harness.connect({ currency: 'JPY' });
    await harness.want(night, { availability: 1, price: 10_000 });
    await harness.time.advance(60_000);
    expect(harness.availability(night)).toBe(1);
    expect(currencies).toContain('JPY');
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
});
