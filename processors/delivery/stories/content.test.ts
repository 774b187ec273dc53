import { describe, expect, it } from 'vitest';
import type { PropertyUpdated } from '../../../schemas/generated/types.ts';
import { contentCell } from '../calendar/cell-name.ts';
import type { DeliveryHarness, HarnessOptions } from '../testing/harness.ts';
import { CONTENT_PART, modelConnector } from '../testing/model-connector.ts';
import { OPEN, REFUSED, start, tooMany, UNAVAILABLE } from '../testing/story.ts';

const PART = contentCell(CONTENT_PART);
const FULL_SYNC = { 'parity.events.FullSync': {} } as const;

/** Delivery to a channel that takes nothing before the content; `beside`: that takes it like any other field. */
const begin = (options: HarnessOptions = {}, content: 'first' | 'beside' = 'first') =>
  start(modelConnector({ content }), options);

/** A described property with a night on sale. */
async function onSale(content: 'first' | 'beside' = 'first') {
  const harness = await begin({}, content);
  const night = harness.night(10);
  await harness.describe({ max_guests: 4 });
  await harness.want(night, OPEN);
  await harness.time.advance(3_000);
  expect([harness.shown(PART), harness.availability(night)]).toEqual([4, 1]);
  return { harness, night };
}

const endpoints = ({ channel }: DeliveryHarness, from = 0) =>
  channel.requests.slice(from).map(({ endpoint }) => endpoint);
const contents = ({ channel }: DeliveryHarness) =>
  channel.requests.flatMap(({ endpoint, changes }) =>
    endpoint === 'content' ? changes.map(({ value }) => value) : [],
  );
const rows = (harness: DeliveryHarness) =>
  harness
    .written('channel.sync-log')
    .flatMap(({ value }) => (value?.sync_type === 'content_sync' ? [value] : []));
const alerts = (harness: DeliveryHarness) =>
  harness.written('channel.alerts').map(({ value }) => [value?.code, value?.message]);
const state = (harness: DeliveryHarness) => harness.acknowledged(PART);

describe('content of a channel that takes nothing before it', () => {
  it('goes first, once, and is a row of the sync log', async () => {
    const harness = await begin();
    const night = harness.night(10);
    await harness.want(night, OPEN);
    await harness.want(harness.night(11), { availability: 0 });
    await harness.time.advance(5_000);
    expect(harness.channel.requests).toEqual([]);
    await harness.describe({ max_guests: 4 });
    await harness.time.advance(5_000);
    expect(endpoints(harness)[0]).toBe('content');
    expect(contents(harness)).toEqual([4]);
    expect([harness.availability(night), harness.availability(harness.night(11))]).toEqual([1, 0]);
    expect(rows(harness)).toMatchObject([
      {
        direction: 'outbound',
        status: 'success',
        records_processed: 1,
        records_updated: 1,
        records_failed: 0,
      },
    ]);
    expect(harness.lowestUndone()).toBeUndefined();
  });

  it('holds the offset while it is on its way, and not while it is awaited from the PMS', async () => {
    const harness = await begin();
    await harness.want(harness.night(10), OPEN);
    await harness.time.advance(1_000);
    expect(harness.lowestUndone()).toBeUndefined();
    harness.channel.answerMs = 2_000;
    await harness.describe({});
    await harness.time.advance(1_000);
    expect(state(harness)?.state).toBe('in_flight');
    expect(harness.lowestUndone()).toBeDefined();
  });

  it('leaves only once the connection is active, and with it all else', async () => {
    const harness = await begin({ connection: { phase: 'preview' } });
    const night = harness.night(10);
    await harness.describe({});
    await harness.want(night, { ...OPEN, availability: 0 });
    await harness.time.advance(5_000);
    expect([harness.channel.requests, harness.lowestUndone()]).toEqual([[], undefined]);
    await harness.connect({ phase: 'active' });
    await harness.time.advance(5_000);
    expect(endpoints(harness)[0]).toBe('content');
    expect(harness.availability(night)).toBe(0);
  });

  it('changed: openings wait for it, closings and prices do not', async () => {
    const { harness, night } = await onSale();
    const [other, closed] = [harness.night(12), harness.night(13)];
    const before = harness.channel.requests.length;
    harness.channel.next(tooMany(10_000));
    await harness.describe({ max_guests: 5 });
    await harness.time.advance(1_000);
    await harness.want(other, { availability: 1, min_stay_arrival: 2, price: 9_000 });
    await harness.want(closed, { availability: 0 });
    await harness.time.advance(20_000);
    expect(endpoints(harness, before).filter((name) => name === 'content')).toHaveLength(2);
    const after = harness.channel.requests.slice(before + 1);
    expect(after[0]?.changes).toMatchObject([{ night: closed, value: 0 }]);
    const opening = after.findIndex(({ changes }) =>
      changes.some((change) => change.night === other && change.field === 'availability'),
    );
    expect(opening).toBeGreaterThan(after.findIndex(({ endpoint }) => endpoint === 'content'));
    expect([harness.shown(PART), harness.availability(night)]).toEqual([5, 1]);
  });

  it('does not go again for what the channel does not take, nor after a replay', async () => {
    const { harness } = await onSale();
    const settled = harness.channel.requests.length;
    await harness.describe({ max_guests: 4, landing_url: null });
    await harness.time.advance(5_000);
    await harness.crash();
    await harness.time.advance(120_000);
    expect(harness.channel.requests).toHaveLength(settled);
    expect(harness.lowestUndone()).toBeUndefined();
  });

  it('is sent as it is now, however often it changed meanwhile', async () => {
    const { harness } = await onSale();
    harness.channel.answerMs = 1_000;
    await harness.describe({ max_guests: 5 });
    await harness.time.advance(500);
    for (let guests = 6; guests < 20; guests++) await harness.describe({ max_guests: guests });
    await harness.time.advance(5_000);
    expect(contents(harness)).toEqual([4, 5, 19]);
  });
});

describe('content that is refused', () => {
  const refused = async (changes: Partial<PropertyUpdated> = {}) => {
    const harness = await begin();
    const night = harness.night(10);
    harness.channel.next(REFUSED);
    await harness.describe({ max_guests: 21, ...changes });
    await harness.want(night, OPEN);
    await harness.time.advance(10_000);
    return { harness, night };
  };

  it('is told to the owner once with the words of the channel, and nothing else is tried', async () => {
    const { harness } = await refused();
    await harness.time.advance(3_600_000);
    expect(endpoints(harness)).toEqual(['content']);
    expect(state(harness)).toMatchObject({
      state: 'rejected',
      value: 21,
      code: 'CHANNEL_VALUE_REFUSED',
      advice: 'something is wrong',
    });
    expect(alerts(harness)).toEqual([
      ['CHANNEL_VALUE_REFUSED', 'content/model is not taken: something is wrong'],
    ]);
    expect(rows(harness)).toMatchObject([{ status: 'failure', records_failed: 1 }]);
    expect(harness.lowestUndone()).toBeUndefined();
  });

  it('is cured by a correction upstream, and all that waited for it leaves', async () => {
    const { harness, night } = await refused();
    await harness.describe({ max_guests: 20 });
    await harness.time.advance(5_000);
    expect([harness.shown(PART), harness.availability(night)]).toEqual([20, 1]);
  });

  it('goes once more when a person asks for it', async () => {
    const { harness, night } = await refused();
    await harness.command({ 'parity.events.Requeue': { cells: [] } });
    await harness.time.advance(5_000);
    expect([contents(harness), harness.availability(night)]).toEqual([[21, 21], 1]);
  });

  it('after an earlier one was taken: nothing opens, closings and prices go on', async () => {
    const { harness, night } = await onSale();
    harness.channel.next(REFUSED);
    await harness.describe({ max_guests: 21 });
    await harness.time.advance(2_000);
    const other = harness.night(12);
    await harness.want(other, OPEN);
    await harness.want(night, { availability: 0, price: 12_000 });
    await harness.time.advance(60_000);
    expect(harness.availability(night)).toBe(0);
    expect(harness.shown({ night, field: 'price', ratePlanId: 'standard' })).toBe(12_000);
    expect(harness.availability(other)).toBeUndefined();
    expect(harness.lowestUndone()).toBeUndefined();
    await harness.describe({ max_guests: 6 });
    await harness.time.advance(5_000);
    expect(harness.availability(other)).toBe(1);
  });

  it('after an earlier one was taken, also when no night was ever on sale: closings go on', async () => {
    const harness = await begin();
    await harness.describe({ max_guests: 4 });
    await harness.time.advance(2_000);
    harness.channel.next(REFUSED);
    await harness.describe({ max_guests: 21 });
    await harness.time.advance(1_000);
    await harness.want(harness.night(10), { availability: 0 });
    await harness.time.advance(5_000);
    expect(harness.availability(harness.night(10))).toBe(0);
  });

  it('that lacks something is not sent; the owner reads what, again only when it is something else', async () => {
    const harness = await begin();
    const night = harness.night(10);
    await harness.describe({ name: '' });
    await harness.want(night, OPEN);
    await harness.time.advance(10_000);
    await harness.crash();
    await harness.time.advance(10_000);
    expect(harness.channel.requests).toEqual([]);
    expect(alerts(harness)).toEqual([
      ['CONTENT_INCOMPLETE', 'content/model is not taken: the channel needs a name'],
    ]);
    await harness.describe({ name: 'House', max_guests: 5 });
    await harness.time.advance(5_000);
    expect([harness.shown(PART), harness.availability(night)]).toEqual([5, 1]);
  });

  it('when the channel takes new content it is asked again for what it refused before', async () => {
    const { harness, night } = await onSale();
    harness.channel.next(REFUSED);
    await harness.want(night, { price: 66_600 });
    await harness.time.advance(5_000);
    expect(harness.shown({ night, field: 'price', ratePlanId: 'standard' })).toBe(10_000);
    await harness.describe({ max_guests: 5 });
    await harness.time.advance(5_000);
    expect(harness.shown({ night, field: 'price', ratePlanId: 'standard' })).toBe(66_600);
  });
});

describe('content of which nobody knows whether it was taken', () => {
  it('is sent again, and once more when the late request cannot land any more', async () => {
    const { harness } = await onSale();
    harness.channel.next({ kind: 'silence', lands: 30_000 });
    await harness.describe({ max_guests: 5 });
    await harness.time.advance(21_000);
    await harness.describe({ max_guests: 6 });
    await harness.time.advance(5_000);
    expect(state(harness)).toMatchObject({ state: 'unsettled', value: 6, quarantined: true });
    await harness.time.advance(120_000);
    expect(contents(harness)).toEqual([4, 5, 6, 6]);
    expect(harness.shown(PART)).toBe(6);
    expect(state(harness)).toMatchObject({ state: 'known', quarantined: false });
  });

  it('survives a crash between write-ahead and answer', async () => {
    const harness = await begin();
    const night = harness.night(10);
    harness.channel.answerMs = 5_000;
    await harness.describe({ max_guests: 4 });
    await harness.want(night, OPEN);
    await harness.time.advance(2_000);
    expect(contents(harness)).toEqual([4]);
    expect(state(harness)?.state).toBe('in_flight');
    harness.channel.answerMs = 20;
    await harness.crash();
    await harness.time.advance(120_000);
    expect(contents(harness).slice(0, 2)).toEqual([4, 4]);
    expect([state(harness)?.state, harness.availability(night)]).toEqual(['known', 1]);
    expect(harness.lowestUndone()).toBeUndefined();
  });

  it('is rechecked by name after a lost lease', async () => {
    const { harness } = await onSale();
    harness.channel.answerMs = 5_000;
    await harness.describe({ max_guests: 5 });
    await harness.time.advance(1_000);
    await harness.loseLease();
    await harness.time.advance(100);
    expect(harness.written('channel.commands').map(({ value }) => value?.command)).toEqual([
      { 'parity.events.Recheck': { cells: [], version: null, content: true } },
    ]);
    const before = harness.channel.requests.length;
    harness.channel.answerMs = 20;
    await harness.restart();
    await harness.time.advance(120_000);
    expect(new Set(endpoints(harness, before))).toEqual(new Set(['content']));
    expect(state(harness)).toMatchObject({ state: 'known', value: 5 });
  });

  it('waits while the channel is down, with the retries and the breaker of any field', async () => {
    const harness = await begin();
    harness.channel.next(UNAVAILABLE, UNAVAILABLE, UNAVAILABLE, UNAVAILABLE, UNAVAILABLE);
    await harness.describe({ max_guests: 4 });
    await harness.time.advance(30_000);
    await harness.describe({ max_guests: 5 });
    await harness.time.advance(300_000);
    expect(contents(harness).at(-1)).toBe(5);
    expect(state(harness)).toMatchObject({ state: 'known', value: 5 });
    expect(harness.measures.counts.get('parity_breaker_opened_total{channel_type=model}')).toBe(1);
  });
});

describe('content when everything becomes uncertain', () => {
  it('goes again with a full sync, before the openings', async () => {
    const { harness, night } = await onSale();
    const before = harness.channel.requests.length;
    await harness.command(FULL_SYNC);
    await harness.time.advance(5_000);
    expect(endpoints(harness, before)).toEqual(['content', 'calendar']);
    expect([harness.shown(PART), harness.availability(night)]).toEqual([4, 1]);
  });

  it('goes again under a new incarnation, and for another listing before anything else', async () => {
    const { harness, night } = await onSale();
    const from = harness.channel.requests.length;
    await harness.connect({ incarnation: 2 });
    await harness.time.advance(5_000);
    expect(endpoints(harness, from)).toEqual(['content', 'calendar']);
    const moved = harness.channel.requests.length;
    await harness.connect({ incarnation: 3, listing: '2' });
    await harness.want(night, { availability: 0 });
    await harness.time.advance(5_000);
    expect(endpoints(harness, moved)[0]).toBe('content');
    expect(harness.availability(night)).toBe(0);
  });

  it('of a channel that sold for us before it was told any: closings go at once', async () => {
    const harness = await start(modelConnector());
    const night = harness.night(10);
    await harness.want(night, OPEN);
    await harness.time.advance(2_000);
    // A newer build asks for content first; the PMS has not given any.
    harness.connector = modelConnector({ content: 'first' });
    await harness.restart();
    await harness.want(night, { availability: 0 });
    await harness.time.advance(2_000);
    expect(harness.availability(night)).toBe(0);
  });
});

describe('content of a channel that takes it beside all else', () => {
  it('holds nothing back, refused or not', async () => {
    const harness = await begin({}, 'beside');
    const night = harness.night(10);
    harness.channel.next(REFUSED);
    await harness.describe({ max_guests: 21 });
    await harness.time.advance(1_000);
    await harness.want(night, OPEN);
    await harness.time.advance(5_000);
    expect([contents(harness), harness.availability(night)]).toEqual([[21], 1]);
  });
});

describe('guests of a price', () => {
  it('another number is another price: it is sent again, before the night opens with it', async () => {
    const harness = await start(modelConnector({ pricesNameGuests: true, atomic: false }));
    const night = harness.night(10);
    await harness.want(night, OPEN);
    await harness.time.advance(2_000);
    await harness.want(night, { availability: 0 });
    await harness.time.advance(2_000);
    await harness.wantGuests(6);
    await harness.want(night, { availability: 1 });
    await harness.time.advance(2_000);
    expect(harness.sent(night, 'price')).toEqual([10_000, 10_000]);
    expect(harness.sent(night, 'min_stay_arrival')).toEqual([2]);
    const last = harness.channel.requests.slice(-2).map(({ changes }) => changes[0]?.field);
    expect(last).toEqual(['price', 'availability']);
    await harness.crash();
    await harness.time.advance(5_000);
    expect(harness.sent(night, 'price')).toHaveLength(2);
  });
});

describe('content that the connector cannot read', () => {
  it('is told to its owner, and the worker goes on', async () => {
    const connector = modelConnector({ content: 'first' });
    const parts = () => {
      throw new TypeError('a defect');
    };
    const harness = await start({ ...connector, content: { ...connector.content!, parts } });
    await harness.describe({});
    await harness.time.advance(5_000);
    expect(alerts(harness)).toEqual([
      ['CONTENT_INCOMPLETE', expect.stringContaining('TypeError: a defect')],
    ]);
    expect(harness.lowestUndone()).toBeUndefined();
  });
});
