import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FULL_CONTENT } from '../../connectors/testing/content.ts';
import type { BookingId } from '../../schemas/domain/ids.ts';
import { addDays, type PlainDate } from '../../schemas/domain/plain-date.ts';
import type { FieldName, RestrictionSet } from '../../schemas/generated/types.ts';
import { House, TENANT, type Write } from './house.ts';
import { airbnb, bookingCom, expedia, type Fixture, google } from './platforms.ts';

/** Requests that one home needs at a platform; docs/certification.md says why. */
interface Platform {
  readonly fixture: Fixture;
  /** What the platform must know of a home before it takes anything of it. */
  readonly content: number;
  /** Everything of 500 days, prices that vary, no restriction. */
  readonly calendar: number;
  /** One price of half a year, from a day in April to one in September. */
  readonly halfYear: number;
  /** The night that comes within the horizon at midnight. */
  readonly midnight: number;
}

const PLATFORMS: readonly Platform[] = [
  { fixture: airbnb, content: 0, calendar: 2, halfYear: 1, midnight: 2 },
  { fixture: bookingCom, content: 0, calendar: 34, halfYear: 7, midnight: 2 },
  { fixture: expedia, content: 0, calendar: 4, halfYear: 1, midnight: 2 },
  { fixture: google, content: 1, calendar: 3, halfYear: 1, midnight: 3 },
];

const DAYS = 500;
const HOUR = 3_600_000;
const NO_RESTRICTIONS: RestrictionSet = {
  min_stay_arrival: null,
  min_stay_through: null,
  max_stay: null,
  closed_to_arrival: false,
  closed_to_departure: false,
};

describe.each(PLATFORMS)('$fixture.channel, for a change at the PMS', (platform) => {
  let house: House;
  let live: readonly Write[];
  const last = new Map<string, number>();
  const unchanged: string[] = [];

  beforeAll(async () => {
    house = await House.open(platform.fixture);
    live = await house.goLive(DAYS, (ahead) => 9_000 + (ahead % 90) * 37);
    remember(live);
  });
  afterAll(() => house.close());

  const home = () => house.homes[0];
  const desk = {
    price: (ahead: number, nights: number, amount: number) =>
      house.storage.desk.price(
        TENANT,
        home().propertyId,
        house.nights(ahead, nights),
        'EUR',
        amount,
      ),
    restrict: (ahead: number, nights: number, set: Partial<RestrictionSet>) =>
      house.storage.desk.restrict(TENANT, home().propertyId, house.nights(ahead, nights), {
        ...NO_RESTRICTIONS,
        ...set,
      }),
    block: (ahead: number, nights: number, blocked: boolean) =>
      house.storage.desk.block(TENANT, home().propertyId, house.nights(ahead, nights), blocked),
  };

  /** Notes values that were sent although the platform had them from us. */
  function remember(writes: readonly Write[]): void {
    for (const { home: of, changes } of writes)
      for (const { night, field, ratePlanId, value } of changes) {
        const cell = `${of.unit} ${night} ${field} ${ratePlanId}`;
        if (last.get(cell) === value) unchanged.push(`${cell} = ${value}`);
        last.set(cell, value);
      }
  }

  async function writesOf(doing: Promise<unknown>) {
    const writes = await house.after(doing);
    remember(writes);
    return writes;
  }

  const shape = (writes: readonly Write[]) => ({
    requests: writes.length,
    fields: [...new Set(writes.flatMap(({ changes }) => changes.map(({ field }) => field)))].sort(),
    nights: new Set(writes.flatMap(({ changes }) => changes.map(({ night }) => night))).size,
  });

  const fullSync = platform.content + platform.calendar;
  const isContent = ({ changes }: Write) =>
    changes.some(({ field }: { readonly field: string }) => field.startsWith('content/'));

  it('goes live with everything, in the fewest requests', () => {
    for (const one of house.homes)
      expect(live.filter((write) => write.home === one)).toHaveLength(fullSync);
  });

  it('goes live with the content first, where the platform asks for any', () => {
    for (const one of house.homes) {
      const own = live.filter((write) => write.home === one).map(isContent);
      expect(own.filter(Boolean)).toHaveLength(platform.content);
      expect(own.slice(0, platform.content)).toEqual(own.filter(Boolean));
    }
  });

  it('another text: content alone; what the platform does not take: nothing', async () => {
    const texts = [{ language: 'en', headline: 'House by the lake', description: 'New.' }];
    const retold = await writesOf(house.describe(home(), { content: { ...FULL_CONTENT, texts } }));
    expect(retold.map(isContent)).toEqual(Array(platform.content).fill(true));
    const photos = ['https://photos.example/lake/3.jpg'];
    const content = { ...FULL_CONTENT, texts, photos };
    expect(await writesOf(house.describe(home(), { content }))).toEqual([]);
    await writesOf(house.describe(home(), {}));
  });

  it('another number of guests: content and all prices again where these name it, else nothing', async () => {
    const writes = await house.after(house.describe(home(), { maxGuests: 6 }));
    expect(writes.map(isContent)).toEqual(platform.content > 0 ? [true, false] : []);
    const prices = writes.filter((write) => !isContent(write));
    for (const { changes, body } of prices) {
      expect(new Set(changes.map(({ field }) => field))).toEqual(new Set(['price']));
      expect(body).toContain('NumberOfGuests="6"');
      expect(body).not.toContain('NumberOfGuests="4"');
    }
  });

  it('one date: one request with its price alone', async () => {
    expect(shape(await writesOf(desk.price(30, 1, 12_345)))).toEqual({
      requests: 1,
      fields: ['price'],
      nights: 1,
    });
  });

  it('a range of dates with one price, decimals and all, on every rate plan: one request', async () => {
    const writes = await writesOf(desk.price(40, 12, 15_055));
    expect(shape(writes)).toEqual({ requests: 1, fields: ['price'], nights: 12 });
    const plans = new Set(writes[0]?.changes.map(({ ratePlanId }) => ratePlanId));
    expect(plans.size).toBe(home().ratePlans.length);
  });

  it('several ranges in one go: one request', async () => {
    const both = Promise.all([desk.price(65, 3, 15_077), desk.price(74, 5, 16_001)]);
    expect(shape(await writesOf(both))).toEqual({ requests: 1, fields: ['price'], nights: 8 });
  });

  it('a minimum stay: one request', async () => {
    expect(shape(await writesOf(desk.restrict(36, 3, { min_stay_arrival: 3 })))).toEqual({
      requests: 1,
      fields: ['min_stay_arrival'],
      nights: 3,
    });
  });

  it('several restrictions at once: one request', async () => {
    const set = {
      min_stay_arrival: 2,
      max_stay: 14,
      closed_to_arrival: true,
      closed_to_departure: true,
    };
    const fields: FieldName[] = [
      'closed_to_arrival',
      'closed_to_departure',
      'max_stay',
      'min_stay_arrival',
    ];
    expect(shape(await writesOf(desk.restrict(100, 3, set)))).toEqual({
      requests: 1,
      fields,
      nights: 3,
    });
  });

  it('stop sell, of a date and of a range, and its end: one request each', async () => {
    const availability = { requests: 1, fields: ['availability'] };
    expect(shape(await writesOf(desk.block(95, 1, true)))).toEqual({ ...availability, nights: 1 });
    expect(shape(await writesOf(desk.block(124, 7, true)))).toEqual({ ...availability, nights: 7 });
    expect(shape(await writesOf(desk.block(124, 7, false)))).toEqual({
      ...availability,
      nights: 7,
    });
  });

  it('a direct booking and its cancellation: one request each', async () => {
    const { start, end } = house.nights(132, 2);
    const id = 'c0ffee00-0000-4000-8000-0000000000d1' as BookingId;
    const { propertyId } = home();
    const booking = { id, propertyId, checkIn: start, checkOut: end };
    const booked = await writesOf(house.storage.desk.book(TENANT, booking));
    expect(shape(booked)).toEqual({ requests: 1, fields: ['availability'], nights: 2 });
    const cancelled = await writesOf(house.storage.desk.cancel(TENANT, id));
    expect(shape(cancelled)).toEqual({ requests: 1, fields: ['availability'], nights: 2 });
  });

  it('half a year with one price: one range where the platform has ranges', async () => {
    const writes = await writesOf(desk.price(150, 180, 20_202));
    expect(shape(writes)).toEqual({ requests: platform.halfYear, fields: ['price'], nights: 180 });
  });

  it('the same once more, or back before it left: nothing', async () => {
    expect(await writesOf(desk.price(150, 180, 20_202))).toEqual([]);
    const thereAndBack = desk.price(150, 1, 30_000).then(() => desk.price(150, 1, 20_202));
    expect(await writesOf(thereAndBack)).toEqual([]);
  });

  it('a full sync on demand is as long as going live, and none comes by a timer', async () => {
    const writes = await house.after(
      house.operations.fullSync(TENANT, home().connectionId, 'somebody'),
    );
    // The stop sell above is a closing, which goes first: with those of the nights that have no price yet, where the horizon has any.
    const own = Math.max(...Object.values(house.connector.manifest.horizonDays)) > DAYS ? 0 : 1;
    expect(writes).toHaveLength(fullSync + own);
    await house.time.advance(14 * HOUR);
    expect(await house.settle()).toEqual([]);
  });

  it('at midnight the night that enters is sent, and nothing else', async () => {
    const horizon = Math.max(...Object.values(house.connector.manifest.horizonDays));
    const enters = addDays(house.today, horizon) as PlainDate;
    await house.time.advance(24 * HOUR);
    const writes = await house.settle();
    remember(writes);
    for (const one of house.homes) {
      const own = writes.filter((write) => write.home === one);
      expect(own).toHaveLength(platform.midnight);
      const nights = new Set(own.flatMap(({ changes }) => changes.map(({ night }) => night)));
      expect([...nights]).toEqual([enters]);
    }
  });

  it('never said what the platform had from us, and broke none of its rules', () => {
    expect(unchanged).toEqual([]);
    const { violations, rateLimited } = house.market.platform.report();
    expect({ violations, rateLimited }).toEqual({ violations: {}, rateLimited: 0 });
  });

  it('sends every field that its manifest declares, and no other', () => {
    const sent = new Set([...last.keys()].map((cell) => cell.split(' ')[2] ?? ''));
    const fields = [...sent].filter((field) => !field.startsWith('content/'));
    expect(fields.sort()).toEqual([...house.connector.manifest.fields].sort());
  });
});
