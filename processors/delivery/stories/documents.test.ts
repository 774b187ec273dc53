import { describe, expect, it } from 'vitest';
import { vrboConnector } from '../../../connectors/vrbo/index.ts';
import type { PlainDate } from '../../../schemas/domain/plain-date.ts';
import { REISSUE_AFTER_MS } from '../publishing/publications.ts';
import { Crawler } from '../testing/crawler.ts';
import type { DeliveryHarness, HarnessOptions } from '../testing/harness.ts';
import { OPEN, start } from '../testing/story.ts';

/** Delivery to a channel that fetches, told with the documents of a real one. */
async function begin(options: HarnessOptions = {}, isDefect = () => false) {
  const connector: typeof vrboConnector = {
    ...vrboConnector,
    plan(...asked) {
      if (isDefect()) throw new RangeError('a defect');
      return vrboConnector.plan(...asked);
    },
  };
  const harness = await start(connector, options);
  return { harness, crawler: new Crawler(harness, vrboConnector), night: harness.night(10) };
}

/** A night on sale whose documents were fetched. */
async function onSale() {
  const scene = await begin();
  await scene.harness.want(scene.night, OPEN);
  await scene.harness.time.advance(2_000);
  await scene.crawler.crawl();
  expect(scene.crawler.units(scene.night)).toBe(1);
  return scene;
}

function availability(harness: DeliveryHarness, night: PlainDate) {
  return harness.acknowledged({ night, field: 'availability', ratePlanId: null });
}

function price(harness: DeliveryHarness, night: PlainDate) {
  return harness.acknowledged({ night, field: 'price', ratePlanId: 'standard' });
}

describe('states of documents', () => {
  it('do not run ahead of the clock, however fast closings come, and the last of these is served all the same', async () => {
    const { harness, crawler } = await begin();
    const ahead = () => (crawler.served('availability')?.updated_at ?? 0) - harness.now;
    const days = Array.from({ length: 60 }, (_, day) => harness.night(day + 1));
    for (const day of days) await harness.want(day, OPEN);
    await harness.time.advance(10_000);
    await crawler.crawl();
    expect(days.map((day) => crawler.units(day))).toEqual(days.map(() => 1));
    for (const day of days) {
      await harness.want(day, { ...OPEN, availability: 0 });
      await harness.time.advance(20);
      expect(ahead()).toBeLessThanOrEqual(6_000);
    }
    await harness.time.advance(1_000);
    expect(days.map((day) => crawler.units(day))).toEqual(days.map(() => 0));
  });

  it('never open what the last document closes and nobody wants any more, whatever the table says', async () => {
    const { harness, crawler, night } = await onSale();
    const key = harness.connection.connection_id;
    const open = harness.log.get('channel.documents', key)!;
    await harness.want(night, { ...OPEN, availability: 0 });
    await harness.time.advance(2_000);
    const closed = harness.log.get('channel.documents', key)!;
    const page = `${key}/${night.slice(0, 7)}`;
    const known = harness.log.get('channel.acknowledged', page)!;
    await harness.stop();
    // The write-ahead of the closing was a zombie's, its documents were not; and mapping has taken its pages back.
    const columns = known.columns.map((column) =>
      column.field === 'availability'
        ? {
            ...column,
            cells: column.cells.map((cell) =>
              cell.state === 'in_flight' ? { ...cell, state: 'known' as const, value: 1 } : cell,
            ),
          }
        : column,
    );
    harness.log.put('channel.acknowledged', page, { ...known, columns });
    harness.log.put('channel.desired', page, null);
    expect(open).not.toEqual(closed);
    await harness.restart();
    await harness.want(harness.night(50), OPEN);
    await harness.time.advance(10_000);
    await crawler.crawl();
    expect(crawler.units(night)).toBe(0);
  });

  it('do not wait for a clock that is behind', async () => {
    const { harness, crawler, night } = await onSale();
    // A former owner's clock was ahead by ten minutes.
    const key = harness.connection.connection_id;
    const stored = harness.log.get('channel.documents', key)!;
    const later = (at: number) => at + 600_000;
    harness.log.put('channel.documents', key, {
      ...stored,
      updated_at: later(stored.updated_at),
      documents: stored.documents.map((one) => ({ ...one, updated_at: later(one.updated_at) })),
    });
    await harness.restart();
    await harness.want(night, { ...OPEN, availability: 0 });
    await harness.time.advance(100);
    expect(crawler.units(night)).toBe(0);
  });
});

describe('opening a night', () => {
  it('does not happen for a price of nothing, as at every other channel', async () => {
    const { harness, crawler, night } = await begin();
    await harness.want(harness.night(9), OPEN);
    await harness.want(night, { ...OPEN, price: 0 });
    await harness.time.advance(2_000);
    await crawler.crawl();
    expect(crawler.units(harness.night(9))).toBe(1);
    expect(crawler.units(night)).toBe(0);
    expect(price(harness, night)).toMatchObject({ state: 'rejected', code: 'PRICE_OUT_OF_BOUNDS' });
  });

  it('is served only after its price was fetched', async () => {
    const { harness, crawler, night } = await begin();
    await harness.want(night, OPEN);
    await harness.time.advance(2_000);
    expect(price(harness, night)?.state).toBe('in_flight');
    expect(crawler.units(night)).toBe(0);
    await crawler.fetch('availability');
    await harness.time.advance(2_000);
    expect(crawler.units(night)).toBe(0);
    await crawler.fetch('rates');
    expect(price(harness, night)).toMatchObject({ state: 'known', value: 10_000 });
    await harness.time.advance(2_000);
    expect(crawler.units(night)).toBe(1);
  });

  it('is done when the documents were fetched, and not before', async () => {
    const { harness, crawler, night } = await begin();
    await harness.want(night, OPEN);
    await harness.time.advance(2_000);
    await crawler.fetch('rates');
    await harness.time.advance(2_000);
    expect(harness.lowestUndone()).toBeDefined();
    await crawler.fetch('availability');
    expect(availability(harness, night)).toMatchObject({ state: 'known', value: 1 });
    expect(harness.lowestUndone()).toBeUndefined();
    expect(harness.channel.requests).toEqual([]);
  });

  it('carries its restrictions in the same document', async () => {
    const { harness, crawler, night } = await begin();
    await harness.want(night, { ...OPEN, min_stay_arrival: 3, closed_to_arrival: 1 });
    await harness.time.advance(2_000);
    await crawler.fetch('rates');
    await harness.time.advance(2_000);
    const name = { night, ratePlanId: 'standard' } as const;
    expect(crawler.units(night)).toBe(1);
    expect(crawler.servedValue({ ...name, field: 'min_stay_arrival' })).toBe(3);
    expect(crawler.servedValue({ ...name, field: 'closed_to_arrival' })).toBe(1);
  });

  it('does not happen before the connection is active', async () => {
    const { harness, crawler, night } = await begin({ connection: { phase: 'preview' } });
    await harness.want(night, OPEN);
    await harness.time.advance(5_000);
    await crawler.crawl();
    expect(crawler.units(night)).toBe(0);
    await harness.connect({ phase: 'active' });
    await harness.time.advance(2_000);
    await crawler.crawl();
    expect(crawler.units(night)).toBe(1);
  });

  it('is taken out of the document again when the connection pauses before a fetch', async () => {
    const { harness, crawler, night } = await begin();
    await harness.want(night, OPEN);
    await harness.time.advance(2_000);
    await crawler.fetch('rates');
    await harness.time.advance(2_000);
    expect(crawler.units(night)).toBe(1);
    await harness.connect({ phase: 'paused' });
    await harness.time.advance(100);
    expect(crawler.units(night)).toBe(0);
    await harness.want(harness.night(12), { availability: 0 });
    await harness.time.advance(100);
    await crawler.crawl();
    expect(availability(harness, night)).toMatchObject({ state: 'known', value: 0 });
    await harness.connect({ phase: 'active' });
    await harness.time.advance(2_000);
    await crawler.crawl();
    expect(availability(harness, night)).toMatchObject({ state: 'known', value: 1 });
  });

  it('is taken out when the night becomes unknown before a fetch, and stays when it was fetched', async () => {
    const { harness, crawler, night } = await begin();
    await harness.want(night, OPEN);
    await harness.time.advance(2_000);
    await crawler.fetch('rates');
    await harness.time.advance(2_000);
    await harness.want(night, { availability: null });
    await harness.time.advance(100);
    expect(crawler.units(night)).toBe(0);
  });
});

describe('closing a night', () => {
  it('stops its opening that is recorded, but in no document yet', async () => {
    const { harness, crawler, night } = await begin();
    await harness.want(night, OPEN);
    await harness.time.advance(2_000);
    await crawler.fetch('rates');
    await harness.time.advance(1);
    expect(availability(harness, night)).toMatchObject({ state: 'in_flight', value: 1 });
    await harness.want(night, { availability: 0 });
    await harness.time.advance(5_000);
    const opened = harness
      .written('channel.documents')
      .filter(({ value }) => /<availability>N*Y/.test(JSON.stringify(value)));
    expect(opened).toEqual([]);
    expect(availability(harness, night)).toMatchObject({ state: 'in_flight', value: 0 });
  });

  it('enters the document at once', async () => {
    const { harness, crawler, night } = await onSale();
    await harness.want(night, { availability: 0 });
    await harness.time.advance(20);
    expect(crawler.units(night)).toBe(0);
    expect(availability(harness, night)).toMatchObject({ state: 'in_flight', value: 0 });
  });

  it('is in whatever is written next, also when it comes between the record of another night and its document', async () => {
    const { harness, night } = await onSale();
    await harness.want(harness.night(11), { availability: 0 });
    await harness.time.advance(1);
    const before = harness.written('channel.documents').length;
    await harness.want(night, { availability: 0 });
    await harness.time.advance(100);
    const written = harness.written('channel.documents').slice(before);
    expect(written.length).toBeGreaterThan(1);
    for (const { value } of written) expect(JSON.stringify(value)).toMatch(/<availability>N*</);
  });

  it('enters also while the connection is paused, and nothing else does', async () => {
    const { harness, crawler, night } = await onSale();
    const other = harness.night(11);
    await harness.connect({ phase: 'paused' });
    await harness.want(night, { availability: 0 });
    await harness.want(other, OPEN);
    await harness.time.advance(5_000);
    await crawler.crawl();
    expect(crawler.units(night)).toBe(0);
    expect(crawler.units(other)).toBe(0);
    expect(crawler.servedValue({ night: other, field: 'price', ratePlanId: 'standard' })).toBe(
      undefined,
    );
    expect(availability(harness, night)).toMatchObject({ state: 'known', value: 0 });
  });

  it('leaves what is open and paused as it was last shown, also after a full sync', async () => {
    const { harness, crawler, night } = await onSale();
    await harness.connect({ phase: 'paused' });
    await harness.command({ 'parity.events.FullSync': {} });
    await harness.time.advance(5_000);
    expect(crawler.units(night)).toBe(1);
    await harness.crash();
    await harness.time.advance(5_000);
    expect(crawler.units(night)).toBe(1);
    // Nothing proves any more that it is open there, and nobody knows whether it may be.
    await harness.want(night, { availability: null });
    await harness.time.advance(100);
    expect(crawler.units(night)).toBe(0);
  });

  it('lists the bookings of the channel itself', async () => {
    const { harness, crawler, night } = await onSale();
    await harness.time.advance(3_600_000);
    await harness.want(night, { availability: 0 }, { impliedAt: harness.now - 1_000 });
    await harness.time.advance(100);
    expect(crawler.units(night)).toBe(0);
  });

  it('goes for a held night whatever is wanted of it', async () => {
    const { harness, crawler, night } = await onSale();
    const nights = { start: night, end: harness.night(11) };
    await harness.command({ 'parity.events.Hold': { nights, code: 'HELD' } });
    await harness.time.advance(100);
    expect(crawler.units(night)).toBe(0);
    await harness.command({
      'parity.events.Override': { nights, once_closed: false },
    });
    await harness.time.advance(2_000);
    expect(crawler.units(night)).toBe(1);
  });
});

describe('a fetch', () => {
  it('of an older state proves nothing newer', async () => {
    const { harness, crawler, night } = await onSale();
    const older = crawler.served('availability')!;
    await harness.want(night, { availability: 0 });
    await harness.time.advance(100);
    await crawler.tell(older);
    expect(availability(harness, night)).toMatchObject({ state: 'in_flight', value: 0 });
    await crawler.fetch('availability');
    expect(availability(harness, night)).toMatchObject({ state: 'known', value: 0 });
  });

  it('of an older state proves what has stood in the document since', async () => {
    const { harness, crawler, night } = await onSale();
    const other = harness.night(11);
    await harness.want(night, { availability: 0 });
    await harness.time.advance(100);
    const between = crawler.take('availability')!;
    await harness.want(other, { availability: 0 });
    await harness.time.advance(100);
    await crawler.tell(between);
    expect(availability(harness, night)?.state).toBe('known');
    expect(availability(harness, other)?.state).toBe('in_flight');
  });

  it('of a value that came, went and came again proves only the last time', async () => {
    const { harness, crawler, night } = await onSale();
    for (const units of [0, 1, 0]) {
      await harness.want(night, { availability: units });
      await harness.time.advance(2_000);
      if (crawler.units(night) === 0) break;
    }
    const first = crawler.served('availability')!;
    await harness.want(night, { availability: 1 });
    await harness.time.advance(2_000);
    await harness.want(night, { availability: 0 });
    await harness.time.advance(2_000);
    await crawler.tell(first);
    expect(availability(harness, night)?.state).toBe('in_flight');
  });

  it('settles what a recheck made doubtful, however late it comes', async () => {
    const { harness, crawler, night } = await onSale();
    await harness.command({
      'parity.events.Recheck': { cells: [], version: null, content: false },
    });
    await harness.time.advance(120_000);
    expect(price(harness, night)?.state).toBe('in_flight');
    await crawler.crawl();
    expect(availability(harness, night)).toMatchObject({
      state: 'known',
      value: 1,
      quarantined: false,
    });
    expect(price(harness, night)).toMatchObject({ state: 'known', quarantined: false });
    expect(harness.lowestUndone()).toBeUndefined();
  });

  it('that is told twice, or once more after a crash, changes nothing', async () => {
    const { harness, crawler, night } = await onSale();
    await harness.want(night, { availability: 0 });
    await harness.time.advance(100);
    const document = crawler.take('availability')!;
    await crawler.tell(document);
    const rows = harness.written('channel.sync-log').length;
    await crawler.tell(document);
    await harness.crash();
    await harness.time.advance(5_000);
    expect(availability(harness, night)).toMatchObject({ state: 'known', value: 0 });
    expect(harness.written('channel.sync-log')).toHaveLength(rows);
    expect(crawler.served('availability')).toEqual(document);
  });

  it('of a state from before a full sync proves nothing, of the next one everything', async () => {
    const { harness, crawler, night } = await onSale();
    await harness.want(night, { availability: 0 });
    await harness.time.advance(100);
    const before = crawler.take('availability')!;
    await harness.command({ 'parity.events.FullSync': {} });
    await harness.time.advance(2_000);
    await crawler.tell(before);
    expect(availability(harness, night)?.state).toBe('in_flight');
    await crawler.fetch('availability');
    expect(availability(harness, night)).toMatchObject({ state: 'known', value: 0 });
  });

  it('that was never told is asked for again by a newer state', async () => {
    const { harness, crawler, night } = await onSale();
    await harness.want(night, { availability: 0 });
    await harness.time.advance(100);
    const lost = crawler.take('availability')!;
    await harness.time.advance(REISSUE_AFTER_MS - 60_000);
    expect(crawler.served('availability')).toEqual(lost);
    await harness.time.advance(120_000);
    const again = crawler.served('availability')!;
    expect(again).toEqual({ ...lost, updated_at: again.updated_at });
    expect(again.updated_at).toBeGreaterThan(lost.updated_at);
    await crawler.crawl();
    expect(availability(harness, night)?.state).toBe('known');
    expect(harness.lowestUndone()).toBeUndefined();
  });

  it('that does not come for hours is told to the owner, once a day', async () => {
    const { harness, night } = await onSale();
    const told = () => harness.written('channel.alerts').map(({ value }) => value);
    await harness.want(night, { availability: 0 });
    await harness.time.advance(REISSUE_AFTER_MS - 60_000);
    expect(told()).toEqual([]);
    await harness.time.advance(120_000);
    expect(told()).toMatchObject([{ code: 'DOCUMENT_NOT_FETCHED', severity: 'critical' }]);
    expect(told()[0]?.message).toContain('1 values, 1 of them closings');
    await harness.time.advance(12 * 3_600_000);
    expect(told()).toHaveLength(1);
    await harness.time.advance(18 * 3_600_000);
    expect(told()).toHaveLength(2);
  });

  it('is one row in the sync log', async () => {
    const { harness, crawler, night } = await onSale();
    const before = harness.written('channel.sync-log').length;
    await harness.want(night, { availability: 0 });
    await harness.time.advance(100);
    await harness.want(harness.night(12), { availability: 0 });
    await harness.time.advance(100);
    await crawler.fetch('availability');
    const rows = harness.written('channel.sync-log').slice(before);
    expect(rows.map(({ value }) => value)).toMatchObject([
      { sync_type: 'availability_export', status: 'success', records_updated: 2 },
    ]);
  });
});

describe('states of a document', () => {
  it('are whole seconds that only grow, and change with the document alone', async () => {
    const { harness, crawler, night } = await onSale();
    const rates = crawler.served('rates')!;
    const states = [crawler.served('availability')!.updated_at];
    for (const units of [0, 1, 0]) {
      await harness.want(night, { availability: units });
      await harness.time.advance(1_200);
      states.push(crawler.served('availability')!.updated_at);
    }
    expect(states).toEqual([...new Set(states)].sort((a, b) => a - b));
    expect(states.every((state) => state % 1_000 === 0)).toBe(true);
    expect(crawler.served('rates')).toEqual(rates);
  });

  it('grow also when the wall clock of a new owner is behind', async () => {
    const { harness, crawler, night } = await onSale();
    const before = crawler.served('availability')!.updated_at;
    await harness.crash();
    harness.skew = -3_600_000;
    await harness.want(night, { availability: 0 });
    await harness.time.advance(100);
    expect(crawler.served('availability')!.updated_at).toBeGreaterThan(before);
  });

  it('begin with today at the property', async () => {
    const { harness, crawler } = await onSale();
    const yesterday = harness.today;
    expect(crawler.units(yesterday)).toBe(0);
    await harness.time.advance(86_400_000);
    expect(crawler.units(yesterday)).toBeUndefined();
    expect(crawler.units(harness.today)).toBe(0);
  });
});

describe('a new owner', () => {
  it('publishes what was in flight and had not reached the documents', async () => {
    const { harness, crawler, night } = await onSale();
    await harness.want(night, { availability: 0 });
    harness.log.recordsLeft = 1;
    await harness.time.advance(100);
    expect(crawler.units(night)).toBe(1);
    const page = harness.written('channel.acknowledged').at(-1)?.value;
    const column = page?.columns.find(({ field }) => field === 'availability');
    expect(column?.cells[Number(night.slice(8)) - 1]).toMatchObject({ state: 'in_flight' });
    const before = crawler.served('availability')!;
    harness.log.recordsLeft = Number.POSITIVE_INFINITY;
    await harness.restart();
    await crawler.tell(before);
    expect(availability(harness, night)?.state).toBe('in_flight');
    await harness.time.advance(100);
    expect(crawler.units(night)).toBe(0);
    await crawler.crawl();
    expect(availability(harness, night)).toMatchObject({ state: 'known', value: 0 });
  });

  it('offers what was in flight once more, and a fetch of the former offer proves nothing', async () => {
    const { harness, crawler, night } = await onSale();
    await harness.want(night, { availability: 0 });
    await harness.time.advance(100);
    const document = crawler.take('availability')!;
    await harness.crash();
    await crawler.tell(document);
    expect(availability(harness, night)?.state).not.toBe('known');
    await harness.time.advance(5_000);
    const again = crawler.served('availability')!;
    expect(again).toEqual({ ...document, updated_at: again.updated_at });
    await crawler.fetch('availability');
    expect(availability(harness, night)).toMatchObject({ state: 'known', value: 0 });
  });

  it('goes on showing an opening that it finds in the document', async () => {
    const { harness, crawler, night } = await begin();
    await harness.want(night, OPEN);
    await harness.time.advance(2_000);
    await crawler.fetch('rates');
    await harness.time.advance(2_000);
    expect(crawler.units(night)).toBe(1);
    await harness.crash();
    expect(crawler.units(night)).toBe(1);
    await harness.time.advance(5_000);
    await crawler.crawl();
    expect(availability(harness, night)).toMatchObject({ state: 'known', value: 1 });
    const bodies = harness.written('channel.documents').map(({ value }) => JSON.stringify(value));
    const first = bodies.findIndex((body) => /<availability>N*Y/.test(body));
    expect(bodies.slice(first).every((body) => /<availability>N*Y/.test(body))).toBe(true);
  });

  it('writes nothing when nothing has changed', async () => {
    const { harness } = await onSale();
    const before = harness.written('channel.documents').length;
    await harness.stop();
    await harness.crash();
    await harness.time.advance(10_000);
    expect(harness.written('channel.documents')).toHaveLength(before);
  });
});

describe('a new incarnation', () => {
  it('wants everything fetched once more, and shows it all the while', async () => {
    const { harness, crawler, night } = await onSale();
    await harness.connect({ incarnation: 2 });
    await harness.time.advance(2_000);
    expect(crawler.units(night)).toBe(1);
    expect(price(harness, night)?.state).toBe('in_flight');
    await crawler.crawl();
    expect(price(harness, night)?.state).toBe('known');
    expect(availability(harness, night)).toMatchObject({ state: 'known', value: 1 });
    const shown = harness
      .written('channel.documents')
      .map(({ value }) => value!.documents.find(({ name }) => name === 'availability')!)
      .slice(-2);
    expect(shown.every(({ body }) => /Y/.test(body.split('<availability>')[1]!.slice(0, 20)))).toBe(
      true,
    );
  });

  it('lets no fetch from before it prove anything', async () => {
    const { harness, crawler, night } = await onSale();
    await harness.want(night, { availability: 0 });
    await harness.time.advance(100);
    const before = crawler.take('availability')!;
    await harness.connect({ incarnation: 2 });
    await crawler.tell(before);
    expect(availability(harness, night)?.state).not.toBe('known');
    await harness.time.advance(2_000);
    await crawler.crawl();
    expect(availability(harness, night)).toMatchObject({ state: 'known', value: 0 });
  });

  it('with another listing begins with everything closed', async () => {
    const { harness, crawler, night } = await onSale();
    await harness.connect({ incarnation: 2, listing: '2', phase: 'pending' });
    await harness.time.advance(5_000);
    expect(crawler.served('availability')!.body).toContain('<listingExternalId>2<');
    expect(crawler.units(night)).toBe(0);
  });
});

it('gives its documents up with its connection', async () => {
  const { harness, crawler } = await onSale();
  await harness.disconnect();
  await harness.time.advance(5_000);
  expect(crawler.served('availability')).toBeUndefined();
  expect(harness.log.keys('channel.documents')).toEqual([]);
});

it('tells what no document can say, and opens nothing at a price that is not there', async () => {
  const { harness, crawler, night } = await begin();
  await harness.want(night, { ...OPEN, availability: 1_000 });
  await harness.time.advance(2_000);
  await crawler.crawl();
  expect(crawler.units(night)).toBe(0);
  expect(availability(harness, night)).toMatchObject({
    state: 'rejected',
    code: 'MAPPING_UNSUPPORTED',
  });
  expect(harness.written('channel.alerts').at(-1)?.value.message).toContain('999');
});

describe('a codec that fails for what is due', () => {
  it('holds up no closing: what may not stay open any more is closed in the documents all the same', async () => {
    let isDefect = false;
    const { harness, crawler, night } = await begin({}, () => isDefect);
    await harness.want(night, { ...OPEN, availability: 0 });
    await harness.time.advance(2_000);
    await crawler.crawl();
    await harness.want(night, OPEN);
    await harness.time.advance(2_000);
    expect(crawler.units(night)).toBe(1);
    isDefect = true;
    await harness.want(harness.night(20), OPEN);
    await harness.connect({ phase: 'paused' });
    await harness.time.advance(2_000);
    expect(crawler.units(night)).toBe(0);
    isDefect = false;
    await harness.connect({ phase: 'active' });
    await harness.time.advance(70_000);
    expect(crawler.units(harness.night(20))).toBe(0);
    await crawler.crawl();
    await harness.time.advance(5_000);
    expect([crawler.units(night), crawler.units(harness.night(20))]).toEqual([1, 1]);
  });
});
