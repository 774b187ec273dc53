import { describe, expect, it } from 'vitest';
import { FULL_CONTENT } from '../../../connectors/testing/content.ts';
import { CONFIGURATION, LISTING } from '../../../connectors/vrbo/content.ts';
import { vrboConnector } from '../../../connectors/vrbo/index.ts';
import { contentCell } from '../calendar/cell-name.ts';
import { REISSUE_AFTER_MS, STATIC_REISSUE_AFTER_MS } from '../publishing/publications.ts';
import { Crawler } from '../testing/crawler.ts';
import type { HarnessOptions } from '../testing/harness.ts';
import { OPEN, start } from '../testing/story.ts';

/** Content for a channel that fetches, told with the documents of a real one. */
async function begin(options: HarnessOptions = {}) {
  const harness = await start(vrboConnector, options);
  const crawler = new Crawler(harness, vrboConnector);
  const state = (field: typeof LISTING) => harness.acknowledged(contentCell(field))?.state;
  const names = () =>
    harness.log
      .get('channel.documents', harness.connection.connection_id)
      ?.documents.map(({ name }) => name);
  const alerts = () => harness.written('channel.alerts').map(({ value }) => value?.code);
  return { harness, crawler, state, names, alerts };
}

/** All of it was fetched. */
async function known(options: HarnessOptions = {}) {
  const scene = await begin(options);
  await scene.harness.describe({});
  await scene.harness.want(scene.harness.night(10), OPEN);
  await scene.harness.time.advance(2_000);
  for (const name of ['listing', 'configuration', 'rates', 'availability'])
    await scene.crawler.fetch(name);
  await scene.harness.time.advance(2_000);
  await scene.crawler.crawl();
  expect([scene.state(LISTING), scene.state(CONFIGURATION)]).toEqual(['known', 'known']);
  expect(scene.harness.lowestUndone()).toBeUndefined();
  return scene;
}

describe('content in documents', () => {
  it('is known once its document was fetched, each part by its own, as a row of content', async () => {
    const { harness, crawler, state } = await begin();
    await harness.describe({});
    await harness.time.advance(2_000);
    expect([state(LISTING), state(CONFIGURATION)]).toEqual(['in_flight', 'in_flight']);
    await crawler.fetch('listing');
    expect([state(LISTING), state(CONFIGURATION)]).toEqual(['known', 'in_flight']);
    await crawler.fetch('configuration');
    expect(state(CONFIGURATION)).toBe('known');
    expect(harness.lowestUndone()).toBeUndefined();
    const rows = harness.written('channel.sync-log').map(({ value }) => value);
    expect(rows).toMatchObject([
      { sync_type: 'content_sync', status: 'success', records_updated: 1 },
      { sync_type: 'content_sync', status: 'success', records_updated: 1 },
    ]);
  });

  it('changed in one document leaves the other alone', async () => {
    const { harness, crawler, state } = await known();
    const before = crawler.served('configuration')?.updated_at;
    await harness.describe({ name: 'Lakeside II' });
    await harness.time.advance(2_000);
    expect(crawler.served('listing')?.body).toContain('Lakeside II');
    expect([state(LISTING), state(CONFIGURATION)]).toEqual(['in_flight', 'known']);
    expect(crawler.served('configuration')?.updated_at).toBe(before);
  });

  it('stands nowhere before the connection is active, and stays as it was while it is expired', async () => {
    const { harness, crawler, names } = await begin({ connection: { phase: 'preview' } });
    await harness.describe({});
    await harness.want(harness.night(10), { ...OPEN, availability: 0 });
    await harness.time.advance(2_000);
    expect(names()).toEqual(['availability']);
    await harness.connect({ phase: 'active' });
    await harness.time.advance(2_000);
    expect(names()).toContain('listing');
    await harness.connect({ phase: 'expired' });
    await harness.describe({ name: 'Lakeside II', fees: [] });
    await harness.time.advance(2_000);
    expect(crawler.served('listing')?.body).not.toContain('Lakeside II');
    expect(crawler.served('rates')?.body).toContain('Final cleaning');
  });

  it('that lacks something is in no index; the owner reads it once, and the rest is served', async () => {
    const { harness, names, alerts } = await begin();
    await harness.describe({ content: { ...FULL_CONTENT, photos: [] } });
    await harness.want(harness.night(10), OPEN);
    await harness.time.advance(2_000);
    expect(names()).toEqual(['rates', 'availability', 'configuration']);
    await harness.describe({ content: { ...FULL_CONTENT, photos: [] }, landing_url: null });
    await harness.crash();
    await harness.time.advance(2_000);
    expect(alerts()).toEqual(['CONTENT_INCOMPLETE']);
    await harness.describe({});
    await harness.time.advance(2_000);
    expect(names()).toContain('listing');
  });

  it('that lacks something by now stays as it was served before', async () => {
    const { harness, crawler, alerts } = await known();
    const before = crawler.served('listing');
    await harness.describe({ content: { ...FULL_CONTENT, photos: [] } });
    await harness.time.advance(2_000);
    expect(crawler.served('listing')).toEqual(before);
    expect(alerts()).toEqual(['CONTENT_INCOMPLETE']);
    expect(harness.lowestUndone()).toBeUndefined();
  });

  it('fees go with the prices, and change without them', async () => {
    const { harness, crawler } = await known();
    const rates = () => crawler.served('rates')?.body ?? '';
    expect(rates()).toContain('Final cleaning');
    await harness.describe({ fees: [] });
    await harness.time.advance(2_000);
    expect(rates()).not.toContain('<fees>');
    expect(rates()).toContain('<amount>100.00</amount>');
  });

  it('goes again after a crash in between, under a new incarnation and with a full sync', async () => {
    const { harness, crawler, state } = await begin();
    await harness.describe({});
    await harness.time.advance(1_002);
    expect(state(LISTING)).toBe('in_flight');
    await harness.crash();
    await harness.time.advance(2_000);
    await crawler.fetch('listing');
    expect(state(LISTING)).toBe('known');
    for (const again of [
      () => harness.connect({ incarnation: 2 }),
      () => harness.command({ 'parity.events.FullSync': {} }),
    ]) {
      const before = crawler.served('listing')?.updated_at ?? 0;
      await again();
      await harness.time.advance(2_000);
      expect(state(LISTING)).toBe('in_flight');
      expect(crawler.served('listing')?.updated_at).toBeGreaterThan(before);
      await crawler.fetch('listing');
      expect(state(LISTING)).toBe('known');
    }
  });

  it('may wait for the crawler for days before anybody is told', async () => {
    const { harness, crawler, alerts } = await known();
    await harness.describe({ name: 'Lakeside II' });
    await harness.time.advance(2_000);
    const state = crawler.served('listing')?.updated_at;
    await harness.time.advance(4 * REISSUE_AFTER_MS);
    expect([alerts(), crawler.served('listing')?.updated_at]).toEqual([[], state]);
    await harness.time.advance(STATIC_REISSUE_AFTER_MS);
    expect(alerts()).toContain('DOCUMENT_NOT_FETCHED');
    expect(crawler.served('listing')?.updated_at).toBeGreaterThan(state ?? 0);
  });
});
