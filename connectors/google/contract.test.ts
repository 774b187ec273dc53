import { describe, expect, it } from 'vitest';
import { addDays, type PlainDate } from '../../schemas/domain/plain-date.ts';
import type { DesiredContent } from '../../schemas/generated/types.ts';
import { GooglePlatform } from '../../simulators/google/platform.ts';
import { simRequest } from '../../simulators/http.ts';
import { VirtualTime } from '../../simulators/virtual-time.ts';
import type { Change, PlannedRequest } from '../contract.ts';
import { describeContentContract } from '../contract-suite/content.ts';
import { describeConnectorContract, type Subject } from '../contract-suite/index.ts';
import { cellName, contextOf, fullSync } from '../testing/calendar.ts';
import { testConnection } from '../testing/connections.ts';
import { FULL_CONTENT, testContent } from '../testing/content.ts';
import { ConnectorHarness } from '../testing/harness.ts';
import { googleAuthenticator } from './auth.ts';
import { googleConnector } from './index.ts';
import { overlayGoogle } from './overlay.ts';

const START = Date.parse('2026-11-01T08:30:00Z');
const PROPERTY = 'h1';
const PLANS = ['flexible', 'saver'];
const CONTENT = testContent({}, PLANS);
const connection = testConnection('google', PROPERTY, null, PLANS);
const SECRETS = { clientId: 'parity-lakes_1', clientSecret: null, refreshToken: null };

/** Guests of Google book on our page. */
function booksElsewhere(): never {
  throw new Error('Google takes no bookings');
}

/** A property that Google knows from its hotel list; `content` has come, or not. */
function start(
  culprits: 'named' | 'unnamed' = 'named',
  content: DesiredContent | null = CONTENT,
): Subject & { readonly google: GooglePlatform } {
  const time = new VirtualTime(START);
  const platform = new GooglePlatform(time, () => Promise.resolve(200), {
    culprits,
    partners: [SECRETS.clientId],
    propertyLimit: { limit: 10_000, windowMs: 1_000 },
    accountLimit: { limit: 10_000, windowMs: 1_000 },
  });
  platform.createProperty({ id: PROPERTY });
  if (content) describeProperty(platform, content);
  return {
    google: platform,
    connector: googleConnector,
    authenticator: googleAuthenticator,
    connection,
    secrets: SECRETS,
    platform: {
      clock: time.clock,
      timers: time.timers,
      advance: (ms) => time.advance(ms),
      handle: (request) => platform.handle(request),
    },
    today: '2026-11-01' as PlainDate,
    currency: 'EUR',
    webhookSecret: '',
    calendar(first, end) {
      const cells = new Map<string, number | null>();
      for (const view of platform.calendar(PROPERTY, first, end)) {
        const night = view.night as PlainDate;
        cells.set(cellName({ night, field: 'availability', ratePlanId: null }), view.availability);
        for (const [ratePlanId, rate] of Object.entries(view.rates)) {
          const put = (field: Parameters<typeof cellName>[0]['field'], value: number | null) =>
            cells.set(cellName({ night, field, ratePlanId }), value);
          put('price', rate.price);
          put('min_stay_arrival', rate.minStayArrival ?? 0);
          put('min_stay_through', rate.minStayThrough ?? 0);
          put('max_stay', rate.maxStay ?? 0);
          put('closed_to_arrival', Number(rate.closedToArrival));
          put('closed_to_departure', Number(rate.closedToDeparture));
        }
      }
      return cells;
    },
    fault: (spec) => {
      platform.faults.arm(spec);
    },
    violations: () => platform.report().violations,
    book: booksElsewhere,
    modify: booksElsewhere,
    cancel: booksElsewhere,
    webhooks: () => Promise.resolve([]),
    expireTokens: () => platform.expireTokens(),
  };
}

/** Without answer times it is carried out in this turn. */
function describeProperty(platform: GooglePlatform, content: DesiredContent): void {
  const { method, path, headers, body } = googleConnector.content!.messages!.plan(
    connection,
    content,
    'content/property_data',
    START,
  );
  const { sign } = googleAuthenticator.authorise(SECRETS);
  void platform.handle(simRequest(method, path, headers, sign?.(body ?? '')));
}

describeContentContract('Google', {
  start: () => start('named', null),
  told: [
    { name: 'Lakeside II', content: null },
    { max_guests: 6 },
    { content: { ...FULL_CONTENT, cancellation: { free_until_days: 3 } } },
    { content: { ...FULL_CONTENT, cancellation: { free_until_days: null } } },
    { content: { ...FULL_CONTENT, texts: FULL_CONTENT.texts.slice(0, 1) } },
  ],
  untold: [{ landing_url: null }, { address: null }, { fees: [] }, { time_zone: 'UTC' }],
  lacks: { name: '', content: null },
});

// Restrictions, prices, units: 330 nights are what Google takes.
describeConnectorContract('Google', { start, fullSyncRequests: 3 });

describe('Google: what guests see', () => {
  const synced = (subject: Subject) =>
    fullSync(googleConnector.manifest, subject.connection, subject.today, 60);
  const opened = (changes: readonly Change[]) =>
    changes
      .filter(({ field, value }) => field === 'availability' && value > 0)
      .map(({ night }) => night);
  const shown = ({ google, today }: ReturnType<typeof start>) =>
    google
      .calendar(PROPERTY, today, addDays(today, 60))
      .filter(({ sellable }) => sellable)
      .map(({ night }) => night);
  const send = async (harness: ConnectorHarness, requests: readonly PlannedRequest[]) => {
    for (const request of requests)
      expect(googleConnector.interpret(request, await harness.answer(request))).toEqual({
        kind: 'applied',
      });
  };

  it('is nothing until the last message of a full sync, and then the open nights', async () => {
    const subject = start();
    const harness = new ConnectorHarness(subject);
    const changes = synced(subject);
    const context = contextOf(subject.today, 'EUR', changes);
    const { requests } = googleConnector.plan(subject.connection, changes, context);
    await send(harness, requests.slice(0, -1));
    expect(shown(subject)).toEqual([]);
    await send(harness, requests.slice(-1));
    expect(shown(subject)).toEqual(opened(changes));
    expect(subject.violations()).toEqual({});
  });

  it('is set right by an overlay, whatever happened to it', async () => {
    const subject = start();
    const harness = new ConnectorHarness(subject);
    const changes = synced(subject);
    const context = contextOf(subject.today, 'EUR', changes);
    await send(harness, googleConnector.plan(subject.connection, changes, context).requests);
    const end = addDays(subject.today, 60);
    const right = subject.calendar(subject.today, end);
    for (const night of [0, 7, 31].map((day) => addDays(subject.today, day)))
      subject.google.drift(PROPERTY, night, { availability: 3, price: 1, minStay: 9 });
    expect(subject.calendar(subject.today, end)).not.toEqual(right);
    await send(harness, overlayGoogle(subject.connection, changes, context).requests);
    expect(subject.calendar(subject.today, end)).toEqual(right);
    expect(subject.violations()).toEqual({});
  });

  it('needs property data first: without it the connection is at fault, not a price', async () => {
    const subject = start();
    subject.google.createProperty({ id: 'h2' });
    const connection = testConnection('google', 'h2', null, ['flexible']);
    const harness = new ConnectorHarness({ ...subject, connection });
    const night = subject.today;
    const changes: Change[] = [{ night, field: 'price', ratePlanId: 'flexible', value: 9_900 }];
    const context = contextOf(subject.today, 'EUR', changes);
    const [request] = googleConnector.plan(connection, changes, context).requests;
    if (!request) throw new Error('no request');
    expect(googleConnector.interpret(request, await harness.answer(request))).toMatchObject({
      kind: 'connection_fault',
      code: 'CHANNEL_LISTING_UNKNOWN',
    });
  });
});
