import { afterEach, describe, expect, it } from 'vitest';
import { HINT_INTERVAL_MS } from '../../connectors/vrbo/manifest.ts';
import { CLOSING_WAITS_MS, OTHERS_WAIT_MS } from '../../processors/delivery/publishing/hints.ts';
import type { VrboPlatform } from '../../simulators/vrbo/platform.ts';
import { CREDENTIAL, House, TENANT } from './house.ts';
import { CRAWL_MS, vrbo } from './platforms.ts';

const DAYS = 20;
/** A hint on its way to the platform and through its line, ms. */
const ON_ITS_WAY_MS = 1_500;

/** How soon a platform that fetches comes when it is told that something changed. */
describe('a push hint', () => {
  let house: House;
  afterEach(() => house.close());

  /** Both homes on sale, and everything fetched. */
  async function open(takesHints: boolean): Promise<VrboPlatform> {
    house = await House.open(vrbo('vrbo', CREDENTIAL), takesHints);
    await house.goLive(DAYS, () => 9_000);
    await house.time.advance(4 * CRAWL_MS);
    expect(isSellable(0, 5)).toBe(true);
    return house.market.platform as VrboPlatform;
  }

  function isSellable(home: 0 | 1, ahead: number): boolean | undefined {
    const { start, end } = house.nights(ahead);
    const { platform } = house.market;
    return platform.calendar(house.homes[home].unit, start, end)[0]?.sellable;
  }

  const close = (home: 0 | 1, ahead: number) =>
    house.during(
      house.storage.desk.block(TENANT, house.homes[home].propertyId, house.nights(ahead), true),
    );
  const hints = (platform: VrboPlatform) => platform.crawler.counts.hinted;

  it('makes the platform fetch a closing within seconds instead of at its next crawl', async () => {
    const platform = await open(true);
    await close(0, 5);
    const closed = house.time.elapsed;
    await house.time.until(() => isSellable(0, 5) === false);
    const limit = CLOSING_WAITS_MS + platform.settings.hintDelayMs + ON_ITS_WAY_MS;
    expect(house.time.elapsed - closed).toBeLessThan(limit);
    expect(platform.report().violations).toEqual({});
  });

  it('covers all that an account closes at once, and keeps its distance from the next one', async () => {
    const platform = await open(true);
    await house.time.advance(HINT_INTERVAL_MS);
    const before = hints(platform);
    for (let ahead = 5; ahead < 15; ahead++) {
      await close(0, ahead);
      await close(1, ahead);
    }
    await house.time.advance(4_000);
    expect(hints(platform) - before).toBe(1);
    await close(0, 16);
    await house.time.advance(HINT_INTERVAL_MS - 5_000);
    expect(hints(platform) - before).toBe(1);
    await house.time.advance(10_000);
    expect(hints(platform) - before).toBe(2);
    expect(isSellable(0, 16)).toBe(false);
    expect(platform.report().violations).toEqual({});
  });

  it('of anything but a closing waits a minute for company', async () => {
    const platform = await open(true);
    await house.time.advance(2 * OTHERS_WAIT_MS);
    const before = hints(platform);
    const { propertyId } = house.homes[0];
    for (let ahead = 3; ahead < 9; ahead++)
      await house.during(
        house.storage.desk.price(TENANT, propertyId, house.nights(ahead), 'EUR', 9_900 + ahead),
      );
    await house.time.advance(OTHERS_WAIT_MS - 5_000);
    expect(hints(platform) - before).toBe(0);
    await house.time.advance(10_000);
    expect(hints(platform) - before).toBe(1);
  });

  it('that fails changes nothing: the platform comes by itself', async () => {
    const platform = await open(true);
    platform.faults.arm({ kind: 'fail', status: 500, on: 'other' });
    const before = hints(platform);
    await close(0, 5);
    await house.time.advance(10_000);
    expect(isSellable(0, 5)).toBe(true);
    expect(hints(platform)).toBe(before);
    await house.time.advance(CRAWL_MS);
    expect(isSellable(0, 5)).toBe(false);
    expect(await house.alerts()).toEqual([]);
  });

  it('is not sent where no address is configured', async () => {
    const platform = await open(false);
    await close(0, 5);
    await house.time.advance(30_000);
    expect(isSellable(0, 5)).toBe(true);
    expect(platform.ledger.report().byKind.other ?? 0).toBe(0);
    expect(hints(platform)).toBe(0);
  });
});
