import { describe, expect, it } from 'vitest';
import {
  avail,
  control,
  DELTA,
  googleFixture,
  inventory,
  ofPackage,
  packageData,
  rate,
  roomData,
  status,
  stay,
} from './fixture.ts';

type Fixture = ReturnType<typeof googleFixture>;
const NIGHT = '2026-12-24';
const onPackage = (id: string, start = NIGHT, end = start) =>
  control(start, end, 'h1', ofPackage(id));

/** One step of what a night needs to be shown. */
const STEPS: Readonly<Record<string, (fixture: Fixture) => Promise<unknown>>> = {
  rate: ({ send }) => send('rate', rate('140.00')),
  availability: ({ send }) => send('avail', avail(status('Master'))),
  inventory: ({ send }) => send('inventory', inventory('1')),
};

async function sell(fixture: Fixture): Promise<void> {
  for (const step of Object.values(STEPS)) await step(fixture);
}

describe('what Google shows', () => {
  it.each(Object.keys(STEPS))('shows nothing without %s', async (missing) => {
    const fixture = googleFixture();
    for (const [name, step] of Object.entries(STEPS)) if (name !== missing) await step(fixture);
    expect(fixture.night(NIGHT).sellable).toBe(false);
    await STEPS[missing]?.(fixture);
    expect(fixture.night(NIGHT).sellable).toBe(true);
  });

  it('takes nothing before property data, whichever message', async () => {
    const { platform, send, describeProperty, night } = googleFixture();
    const envelope = { hotel: 'h2' };
    const target = control(NIGHT, NIGHT, 'h2');
    expect((await send('inventory', inventory('1', target), envelope)).body).toContain('Errors');
    await describeProperty('h2', roomData('h2') + packageData('p1'));
    expect((await send('inventory', inventory('1', target), envelope)).body).toContain(
      '<Success/>',
    );
    expect(night(NIGHT, 'h2').availability).toBe(1);
    expect(platform.ledger.report().violations).toEqual({ room_unknown: 1 });
  });

  it('forgets what an overlay of property data leaves out, and keeps the rest at a delta', async () => {
    const fixture = googleFixture();
    await sell(fixture);
    await fixture.describeProperty('h1', packageData('p3'), 'delta');
    expect(fixture.night(NIGHT).sellable).toBe(true);
    await fixture.describeProperty('h1', roomData('h1') + packageData('p3'));
    expect(fixture.night(NIGHT).sellable).toBe(false);
    await fixture.describeProperty('h1', packageData('p1'), 'delta');
    expect(fixture.night(NIGHT).rates.p1?.price).toBeNull();
  });

  it('takes both ends of a range and the weekdays that are flagged', async () => {
    const { send, platform } = googleFixture();
    // Thursday to Monday.
    const target = control('2026-12-24', '2026-12-28', 'h1', ' Sat="false" Sun="0"');
    await send('inventory', inventory('1', target));
    const nights = platform.calendar('h1', '2026-12-23', '2026-12-30');
    expect(
      nights.filter(({ availability }) => availability === 1).map(({ night }) => night),
    ).toEqual(['2026-12-24', '2026-12-25', '2026-12-28']);
  });

  it('replaces a count, and one kind of restriction without the others', async () => {
    const { send, night } = googleFixture();
    await send('avail', avail(stay('SetMinLOS', '3')) + avail(stay('SetForwardMinStay', '2')));
    await send('avail', avail(stay('SetMaxLOS', '14')) + avail(status('Arrival', 'Close')));
    await send('avail', avail(stay('SetMinLOS', '1')));
    expect(night(NIGHT).rates.p1).toMatchObject({
      minStayArrival: null,
      minStayThrough: 2,
      maxStay: 14,
      closedToArrival: true,
    });
    expect(night(NIGHT).rates.p2).toMatchObject({ minStayThrough: null, closedToArrival: false });
  });

  it('refuses a message whole: nothing of it is stored', async () => {
    const { send, night } = googleFixture();
    const answer = await send('rate', rate('140.00') + rate('0.00', onPackage('p1', '2026-12-25')));
    expect(answer.status).toBe(200);
    expect(answer.body).toContain(
      "Status=\"NotProcessed\" ShortText=\"Price '0.00' is not valid (package 'p1', date '2026-12-25')\"",
    );
    expect(night(NIGHT).rates.p1?.price).toBeNull();
  });

  it('does not name what it refuses when told not to', async () => {
    const { send } = googleFixture({ culprits: 'unnamed' });
    expect((await send('rate', rate('0.00'))).body).not.toContain('2026-12-24');
  });
});

describe('kinds of a rate message', () => {
  const prices = (fixture: Fixture) =>
    [NIGHT, '2026-12-25'].map((date) => fixture.night(date).rates.p1?.price);
  const both = rate('140.00', onPackage('p1', NIGHT, '2026-12-25'));

  it.each([
    ['Delta', 'dates', [15_000, 14_000]],
    ['Overlay', 'dates', [15_000, 14_000]],
    ['Overlay', 'packages', [15_000, null]],
    ['Remove', 'dates', [null, 14_000]],
  ] as const)('%s (replacing %s)', async (type, overlayScope, expected) => {
    const fixture = googleFixture({ overlayScope });
    await fixture.send('rate', both);
    await fixture.send('rate', rate('150.00'), { attributes: DELTA.replace('Delta', type) });
    expect(prices(fixture)).toEqual(expected);
  });
});

describe('time', () => {
  it.each([
    ['dropped', 1],
    ['applied', 0],
  ] as const)(
    'a message with an older TimeStamp is %s, without a word',
    async (lateMessages, count) => {
      const { send, night } = googleFixture({ lateMessages });
      await send('inventory', inventory('1'));
      const answer = await send('inventory', inventory('0'), { timestamp: '2026-11-01T08:29:59Z' });
      expect([answer.body.includes('<Success/>'), night(NIGHT).availability]).toEqual([
        true,
        count,
      ]);
    },
  );

  it('does not blame a message that was sent in order and carried out late', async () => {
    const { time, platform, send, night } = googleFixture();
    platform.faults.arm({ kind: 'apply_late', delay: 5_000, answer: 'gateway_timeout' });
    expect((await send('inventory', inventory('1'))).status).toBe(504);
    await time.advance(1_000);
    await send('inventory', inventory('0'));
    await time.advance(5_000);
    expect(night(NIGHT).availability).toBe(1);
    expect(platform.ledger.violationCount()).toBe(0);
  });

  it('counts by its own clock: a second later a message is let in again', async () => {
    const { time, send } = googleFixture({ propertyLimit: { limit: 2, windowMs: 1_000 } });
    expect((await send('inventory', inventory('0'))).status).toBe(200);
    expect((await send('inventory', inventory('0'))).status).toBe(429);
    await time.advance(1_000);
    expect((await send('inventory', inventory('0'))).status).toBe(200);
  });
});

describe('the rest of a platform', () => {
  it('takes no bookings', () => {
    const { platform } = googleFixture();
    expect(platform.book()).toMatchObject({ ok: false, reason: 'books_at_the_partner' });
    expect(platform.report()).toMatchObject({
      reservations: 0,
      extra: { properties: 4, rooms: 2 },
    });
  });

  it('drifts, blocks and opens behind the back of the partner', async () => {
    const fixture = googleFixture();
    await sell(fixture);
    const { platform, night } = fixture;
    platform.ownerBlock('h1', NIGHT, '2026-12-25', true);
    expect(night(NIGHT)).toMatchObject({ sellable: false, ownerBlocked: true, availability: 1 });
    platform.reopen('h1', NIGHT, '2026-12-25');
    expect(night(NIGHT).sellable).toBe(true);
    platform.drift('h1', NIGHT, { closed: true, price: 9_900, minStay: 4 });
    expect(night(NIGHT)).toMatchObject({
      availability: 0,
      rates: { p1: { price: 9_900, minStayArrival: 4 } },
    });
    expect(platform.history.of('h1', NIGHT).map(({ cause }) => cause)).toContain('own_reopening');
  });
});
