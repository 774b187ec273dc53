import { afterAll, describe, expect, it } from 'vitest';
import { simRequest } from '../http.ts';
import {
  availabilityIndex,
  CALENDAR,
  CONFIGURATION,
  hintFor,
  LISTING,
  RATES,
  ratesIndex,
  vrboFixture,
} from './fixture.ts';
import { VRBO_RULES, type VrboRule } from './settings.ts';

type Scene = ReturnType<typeof vrboFixture>;

/** Every rule, and what breaks it. */
const BREAKS: Readonly<Record<VrboRule, (scene: Scene) => unknown>> = {
  amount_invalid: ({ serve }) => serve('/501a/rates', RATES.replace('140.50', '140.505')),
  availability_invalid: ({ serve }) => serve('/501a', CALENDAR.replace('NYYY', 'NYQY')),
  changeover_invalid: ({ serve }) => serve('/501a', CALENDAR.replace('CIOX', 'CIO?')),
  configuration_incomplete: ({ serve, serveStatic }) => {
    serveStatic();
    serve('/501a/configuration', CONFIGURATION.replace('>15:00<', '>3 pm<'));
  },
  currency_invalid: ({ serve }) => serve('/501a/rates', RATES.replace('EUR', 'Euro')),
  document_invalid: ({ serve }) => serve('/501a', RATES),
  document_missing: ({ answers }) => answers.delete('/501a'),
  document_outdated: ({ serve }) =>
    serve('/501a', CALENDAR, { 'last-modified': 'Sun, 01 Nov 2026 08:59:59 GMT' }),
  duplicate_entry: ({ serve }) => {
    const entry = /<unitAvailabilityContentIndexEntry>.*<\/unitAvailabilityContentIndexEntry>/.exec(
      availabilityIndex(),
    );
    serve('/availability', availabilityIndex(undefined, entry?.[0]));
  },
  hint_login: ({ platform }) => {
    void platform.handle(hintFor('adv', 'another'));
  },
  hint_malformed: ({ platform }) => {
    void platform.handle(simRequest('POST', '/contentChanged', {}, '<advertiser/>'));
  },
  hint_too_often: async ({ platform, pass }) => {
    void platform.handle(hintFor('adv'));
    await pass(platform.settings.hintGapMs - 1);
    void platform.handle(hintFor('adv'));
  },
  hint_unknown_advertiser: ({ platform }) => {
    void platform.handle(hintFor('adv-2'));
  },
  index_invalid: ({ serve }) => serve('/availability', ratesIndex()),
  index_unavailable: ({ answers }) => answers.delete('/availability'),
  list_length: ({ serve }) => serve('/501a', CALENDAR.replace('0,3,2,0', '0,3,2')),
  listing_incomplete: ({ serve, serveStatic }) => {
    serveStatic();
    serve('/501/listing', LISTING.replace('House by the lake, with a pier', 'House'));
  },
  login_refused: ({ answers }) => answers.set('/availability', { status: 401 }),
  malformed_xml: ({ serve }) => serve('/501a', CALENDAR.slice(0, -3)),
  media_type: ({ serve }) => serve('/501a', CALENDAR, { 'content-type': 'text/html' }),
  number_invalid: ({ serve }) => serve('/501a', CALENDAR.replace('0,1,1,2', '0,1,1,1000')),
  range_invalid: ({ serve }) => serve('/501a', CALENDAR.replace('2026-11-04', '2026-10-04')),
  range_too_long: ({ serve }) => serve('/501a', CALENDAR.replace('2026-11-04', '2029-11-04')),
  state_in_future: ({ serve }) => serve('/availability', availabilityIndex('2026-11-01T10:30:00Z')),
  state_invalid: ({ serve }) => serve('/availability', availabilityIndex('2026-11-01T09:00:00.5Z')),
  state_went_back: async ({ serve, platform, pass }) => {
    void platform.crawler.crawl();
    await pass(0);
    serve('/availability', availabilityIndex('2026-11-01T08:00:00Z'));
  },
  terms_invalid: ({ serve }) =>
    serve('/501a/rates', RATES.replace('<appliesPerStay/>', '<appliesPerStay/><appliesPerNight/>')),
  units_contradict: ({ serve }) => serve('/501a', CALENDAR.replace('0,1,1,2', '0,1,0,2')),
  unknown_path: ({ platform }) => {
    void platform.handle(simRequest('POST', '/push'));
  },
  unknown_unit: ({ serve }) => {
    serve('/availability', availabilityIndex().replaceAll('>501a<', '>501b<'));
    serve('/501a', CALENDAR.replaceAll('501a', '501b'));
  },
  weekday_missing: ({ serve }) => serve('/501a/rates', RATES.replace('<sun>150.00</sun>', '')),
  wrong_unit: ({ serve }) => serve('/501a', CALENDAR.replace('>501a<', '>501b<')),
};

describe('rules of the crawler', () => {
  const broken = new Set<string>();

  it.each(VRBO_RULES)('%s', async (rule) => {
    const scene = vrboFixture();
    await BREAKS[rule](scene);
    await scene.pass(30 * 60_000);
    await scene.pass(30 * 60_000);
    expect(Object.keys(scene.violations())).toEqual([rule]);
    broken.add(rule);
  });

  it('none is broken by the fixture', async () => {
    const scene = vrboFixture();
    await scene.pass(30 * 60_000);
    await scene.pass(30 * 60_000);
    expect(scene.violations()).toEqual({});
    expect(scene.platform.crawler.counts).toMatchObject({ rounds: 2, taken: 2, refused: 0 });
  });

  it('takes the static documents of the fixture too, once a day', async () => {
    const scene = vrboFixture();
    scene.serveStatic();
    await scene.pass(30 * 60_000);
    await scene.pass(30 * 60_000);
    expect(scene.violations()).toEqual({});
    expect(scene.platform.crawler.counts).toMatchObject({ rounds: 2, taken: 4, refused: 0 });
    expect(scene.seen.filter(({ path }) => path === '/501/listing')).toHaveLength(1);
  });

  it('a document with a list of the wrong length is refused whole, and fetched again', async () => {
    const { platform, serve, pass, violations } = vrboFixture({ crawlIntervalMs: 60_000 });
    await pass(60_000);
    const before = platform.calendar('501a', '2026-11-01', '2026-11-06');
    serve('/availability', availabilityIndex('2026-11-01T09:31:00Z'));
    serve('/501a', CALENDAR.replace('NYYY', 'NNNN').replace('0,1,1,2', '0,0,0,0,0'));
    await pass(60_000);
    await pass(60_000);
    expect(platform.calendar('501a', '2026-11-01', '2026-11-06')).toEqual(before);
    expect(violations()).toEqual({ list_length: 2 });
    serve('/501a', CALENDAR.replace('NYYY', 'NNNN').replace('0,1,1,2', '0,0,0,0'));
    await pass(60_000);
    expect(platform.calendar('501a', '2026-11-02', '2026-11-03')[0]?.sellable).toBe(false);
  });

  afterAll(() => {
    expect([...broken].sort()).toEqual([...VRBO_RULES]);
  });
});
