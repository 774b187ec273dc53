import { expect, it } from 'vitest';
import type { Connector } from '../../../connectors/contract.ts';
import type { DocumentCodec } from '../../../connectors/documents.ts';
import { vrboConnector } from '../../../connectors/vrbo/index.ts';
import { FAULT_PROBE_MS } from '../permission/retry.ts';
import { CLOSING_WAITS_MS, OTHERS_WAIT_MS } from '../publishing/hints.ts';
import { Crawler } from '../testing/crawler.ts';
import { OPEN, start } from '../testing/story.ts';

/** A hint on its way, a state that is given out, ms. */
const SOON_MS = 2_000;

/** A night on sale at a platform that takes hints, long after the last one; `failing`: no document can be made while it answers true. */
async function onSale(failing: () => boolean = () => false) {
  const codec = vrboConnector.documents as DocumentCodec;
  const documents: DocumentCodec = {
    ...codec,
    render: (connection, view) => {
      if (failing()) throw new RangeError('a defect');
      return codec.render(connection, view);
    },
    // The model channel applies the changes of each request; a hint has none.
    hint: (advertiser, kinds) => {
      const request = codec.hint?.(advertiser, kinds);
      return request ? { ...request, changes: [] } : null;
    },
  };
  const connector: Connector = { ...vrboConnector, documents };
  const hints = { isConfigured: () => true, advertiserOf: async () => 'adv' };
  const harness = await start(connector, { hints });
  const crawler = new Crawler(harness, connector);
  const night = harness.night(10);
  await harness.want(night, OPEN);
  await harness.time.advance(2_000);
  await crawler.crawl();
  await harness.time.advance(2 * OTHERS_WAIT_MS);
  const before = harness.channel.requests.length;
  expect(before).toBeGreaterThan(0);
  const hinted = () => harness.channel.requests.slice(before).map(({ body }) => body);
  return { harness, crawler, night, hinted };
}

it('tells of a closing, of a paused connection too', async () => {
  const { harness, night, hinted } = await onSale();
  await harness.connect({ phase: 'paused' });
  await harness.want(night, { availability: 0 });
  await harness.time.advance(CLOSING_WAITS_MS + SOON_MS);
  expect(hinted()).toHaveLength(1);
  expect(hinted()[0]).toContain('<contentType>availability<');
});

it('tells of an opening that a pause takes back', async () => {
  const { harness, crawler, night, hinted } = await onSale();
  const other = harness.night(11);
  await harness.want(other, OPEN);
  await harness.time.advance(2_000);
  await crawler.fetch('rates');
  await harness.time.advance(2_000);
  expect(crawler.units(other)).toBe(1);
  await harness.connect({ phase: 'paused' });
  await harness.time.advance(CLOSING_WAITS_MS + SOON_MS);
  expect(crawler.units(other)).toBe(0);
  expect(crawler.units(night)).toBe(1);
  expect(hinted()).toHaveLength(1);
});

it('tells of a closing once its document can be made, and not before', async () => {
  let isFailing = false;
  const { harness, crawler, night, hinted } = await onSale(() => isFailing);
  isFailing = true;
  await harness.want(night, { availability: 0 });
  await harness.time.advance(CLOSING_WAITS_MS + SOON_MS);
  expect(hinted()).toEqual([]);
  isFailing = false;
  await harness.time.advance(FAULT_PROBE_MS);
  expect(crawler.units(night)).toBe(0);
  await harness.time.advance(CLOSING_WAITS_MS + SOON_MS);
  expect(hinted()).toHaveLength(1);
});

it('gives a document that could not be made a state of its own, though it looks the same', async () => {
  let isFailing = false;
  const { harness, crawler, night } = await onSale(() => isFailing);
  const before = crawler.served('availability');
  isFailing = true;
  await harness.command({ 'parity.events.FullSync': {} });
  await harness.time.advance(SOON_MS);
  expect(crawler.served('availability')).toEqual(before);
  isFailing = false;
  await harness.time.advance(FAULT_PROBE_MS + SOON_MS);
  await crawler.crawl();
  const name = { night, field: 'availability', ratePlanId: null } as const;
  expect(harness.acknowledged(name)).toMatchObject({ state: 'known', value: 1 });
});

it('opens no night whose price has changed since its document could not be made', async () => {
  let isFailing = false;
  const { harness, crawler } = await onSale(() => isFailing);
  const other = harness.night(11);
  await harness.want(other, OPEN);
  await harness.time.advance(2_000);
  isFailing = true;
  await crawler.fetch('rates');
  await harness.time.advance(2_000);
  const name = { night: other, field: 'availability', ratePlanId: null } as const;
  expect(harness.acknowledged(name)).toMatchObject({ state: 'in_flight', value: 1 });
  await harness.want(other, { ...OPEN, price: 20_000 });
  await harness.time.advance(2_000);
  isFailing = false;
  await harness.time.advance(FAULT_PROBE_MS + SOON_MS);
  expect(crawler.units(other)).toBe(0);
  await crawler.fetch('rates');
  await harness.time.advance(2_000);
  expect(crawler.units(other)).toBe(1);
});

it('tells nothing of a connection that is deleted meanwhile', async () => {
  const { harness, night, hinted } = await onSale();
  await harness.want(night, { ...OPEN, price: 20_000 });
  await harness.time.advance(5_000);
  await harness.disconnect();
  await harness.time.advance(OTHERS_WAIT_MS + SOON_MS);
  expect(hinted()).toEqual([]);
});
