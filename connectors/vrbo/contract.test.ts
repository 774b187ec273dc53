import type { PlainDate } from '../../schemas/domain/plain-date.ts';
import type { SimResponse } from '../../simulators/http.ts';
import { VirtualTime } from '../../simulators/virtual-time.ts';
import { VrboPlatform } from '../../simulators/vrbo/platform.ts';
import type { FeedName } from '../../simulators/vrbo/settings.ts';
import { type DocumentSubject, describeDocumentContract } from '../contract-suite/documents.ts';
import type { RenderedDocument } from '../documents.ts';
import { cellName } from '../testing/calendar.ts';
import { testConnection } from '../testing/connections.ts';
import { testContent } from '../testing/content.ts';
import { fewoDirektConnector, vrboConnector } from './index.ts';

const START = Date.parse('2026-11-01T08:30:00Z');
const [LISTING, UNIT, ADVERTISER, PLAN] = ['8801', '8801-1', 'adv-7', 'standard'];
const FEEDS: readonly FeedName[] = ['listing', 'configuration', 'rates', 'availability'];
const BASE = 'http://parity.test';
/** It comes when the suite says so. */
const NEVER = 30 * 86_400_000;

function start(channel: 'vrbo' | 'fewo_direkt'): DocumentSubject {
  const connector = channel === 'vrbo' ? vrboConnector : fewoDirektConnector;
  const connection = testConnection(channel, LISTING, UNIT, [PLAN]);
  const time = new VirtualTime(START);
  let state = START;
  const served = new Map<string, RenderedDocument & { readonly updatedAt: number }>();
  const xml = (body: string): SimResponse => ({
    status: 200,
    headers: { 'content-type': 'application/xml' },
    body,
  });
  const platform = new VrboPlatform(
    time,
    () => Promise.resolve(200),
    (url) => {
      const [, place = '', name = ''] = new URL(url).pathname.split('/');
      if (place === 'documents') return Promise.resolve(xml(served.get(name)?.body ?? ''));
      const document = served.get(name);
      const entries = document
        ? [{ connection, url: `${BASE}/documents/${name}`, updatedAt: document.updatedAt }]
        : [];
      const index = connector.documents?.index(name, [{ id: ADVERTISER, entries }]);
      return Promise.resolve(xml(index?.body ?? ''));
    },
    { crawlIntervalMs: NEVER, staticIntervalMs: 0 },
    channel,
  );
  const indexes = Object.fromEntries(FEEDS.map((feed) => [feed, `${BASE}/indexes/${feed}`]));
  platform.createAdvertiser({ id: ADVERTISER, user: 'u', password: 'p', indexes });
  platform.createUnit({ listing: LISTING, unit: UNIT, advertiser: ADVERTISER });
  return {
    connector,
    connection,
    today: '2026-11-01' as PlainDate,
    currency: 'EUR',
    content: testContent(),
    publish(documents) {
      state += 1_000;
      for (const document of documents)
        if (served.get(document.name)?.body !== document.body)
          served.set(document.name, { ...document, updatedAt: state });
    },
    crawl: () => platform.crawler.crawl(),
    calendar(first, end) {
      const cells = new Map<string, number | null>();
      for (const view of platform.calendar(UNIT, first, end)) {
        const night = view.night as PlainDate;
        const rate = Object.values(view.rates)[0];
        const put = (field: Parameters<typeof cellName>[0]['field'], value: number | null) =>
          cells.set(cellName({ night, field, ratePlanId: PLAN }), value);
        cells.set(cellName({ night, field: 'availability', ratePlanId: null }), view.availability);
        put('price', rate?.price ?? null);
        put('min_stay_arrival', rate?.minStayArrival ?? 0);
        put('max_stay', rate?.maxStay ?? 0);
        put('closed_to_arrival', Number(rate?.closedToArrival ?? false));
        put('closed_to_departure', Number(rate?.closedToDeparture ?? false));
      }
      return cells;
    },
    violations: () => platform.report().violations,
    taken: () => platform.crawler.counts.taken,
  };
}

describeDocumentContract('Vrbo', () => start('vrbo'));
describeDocumentContract('FeWo-direkt', () => start('fewo_direkt'));
