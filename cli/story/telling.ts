import pg from 'pg';
import { connectorOf } from '../../connectors/registry.ts';
import { until } from '../../local/until.ts';
import type { ChannelType } from '../../schemas/domain/ids.ts';
import type { DateRange, PlainDate } from '../../schemas/domain/plain-date.ts';
import { addDays, dateIn, nightsOf } from '../../schemas/domain/plain-date.ts';
import type { Difference, SimulatedPlatform } from '../../simulators/index.ts';
import { COMPARED_FIELDS, differences } from '../../simulators/index.ts';
import { platformsOf } from '../up/platforms.ts';
import type { World } from '../up/world.ts';
import type { Sale } from './home.ts';
import { SALES, SPARE_SALES, TIME_ZONE } from './home.ts';
import type { Narrator } from './narrator.ts';

const ALL_SALES: readonly Sale[] = [...Object.values(SALES), ...SPARE_SALES];
/** Nights that are compared at the end, as far as a channel takes them. */
const COMPARED_NIGHTS = 365;

/** What the chapters share: the world, the voice, and the measured latencies. */
export class Telling {
  readonly world: World;
  readonly narrator: Narrator;
  /** ms from a fact to the closing at another channel, as the platforms' own histories show it. */
  readonly closings: number[] = [];
  readonly #database: pg.Pool;
  readonly #over = new AbortController();

  constructor(world: World, narrator: Narrator) {
    this.world = world;
    this.narrator = narrator;
    this.#database = new pg.Pool({ connectionString: world.postgresUrl, max: 2 });
  }

  get today(): PlainDate {
    return dateIn(TIME_ZONE, Date.now());
  }

  day(days: number): PlainDate {
    return addDays(this.today, days);
  }

  nights(first: number, end: number): DateRange {
    return { start: this.day(first), end: this.day(end) };
  }

  platforms(): readonly SimulatedPlatform[] {
    return platformsOf(this.world).map(({ platform }) => platform);
  }

  platformOf({ channel, name }: Sale): SimulatedPlatform {
    const platform = this.platforms().find((one) => one.channel === channel);
    if (!platform) throw new Error(`there is no simulated ${name}`);
    return platform;
  }

  /** The sale as people call it. */
  nameOf({ name, listing, roomId }: Sale): string {
    return roomId === null ? `${name} listing ${listing}` : `${name} ${listing}, room ${roomId}`;
  }

  /** Requests of ours that reached the platforms so far. */
  requests(): number {
    return this.platforms()
      .filter(({ channel }) => !fetches(channel))
      .reduce((sum, platform) => sum + platform.report().requests, 0);
  }

  /** Waits until a condition holds, or the telling is over. @throws Error naming `what` after `timeoutMs`. */
  until<T>(
    what: string,
    condition: () => T | Promise<T>,
    timeoutMs?: number,
  ): Promise<NonNullable<T>> {
    return until(what, condition, timeoutMs, this.#over.signal);
  }

  /** Rows of PostgreSQL as the owner of the database sees them. */
  async rows<Row extends pg.QueryResultRow>(
    text: string,
    values: readonly unknown[] = [],
  ): Promise<Row[]> {
    return (await this.#database.query<Row>(text, [...values])).rows;
  }

  /** Waits until a guest can (or cannot) book any of the nights at a platform. */
  async sellable(
    sale: Sale,
    nights: DateRange,
    wanted: boolean,
    timeoutMs?: number,
  ): Promise<void> {
    const platform = this.platformOf(sale);
    const text = `nights ${nights.start} to ${nights.end} ${wanted ? 'open' : 'closed'} on ${platform.channel}`;
    const holds = () =>
      platform
        .calendar(sale.unit, nights.start, nights.end)
        .every(({ sellable }) => sellable === wanted);
    await this.until(text, holds, timeoutMs);
  }

  /** How long after `since` (ms) the platform had a closing, once it has it. */
  async closedAfter(sale: Sale, nights: DateRange, since: number): Promise<number> {
    await this.sellable(sale, nights, false);
    const { history } = this.platformOf(sale);
    const at = Math.max(
      ...nightsOf(nights).map(
        (night) => history.of(sale.unit, night).findLast(({ cause }) => cause === 'api')?.at ?? 0,
      ),
    );
    return Math.max(0, at - since);
  }

  /** Waits for a closing and remembers how long after `since` (ms) the platform had it. */
  async closedSince(sale: Sale, nights: DateRange, since: number): Promise<number> {
    const took = await this.closedAfter(sale, nights, since);
    this.closings.push(took);
    return took;
  }

  /** Where the platforms show something else than the PMS means. */
  differences(sales: readonly Sale[] = ALL_SALES): Difference[] {
    return sales.flatMap((sale) => {
      const property = this.world.pms.properties().find(({ id }) => id === sale.property);
      if (!property) return [];
      const platform = this.platformOf(sale);
      const fields = COMPARED_FIELDS[sale.channel as keyof typeof COMPARED_FIELDS];
      const priceOf = (price: number) =>
        sale.adjustment
          ? Math.round((price * (10_000 + sale.adjustment.hundredths)) / 10_000)
          : price;
      const compared = { unit: sale.unit, rate: sale.ratePlanId, fields, priceOf };
      const nights = Math.min(COMPARED_NIGHTS, horizonOf(sale.channel));
      return differences(property, platform, compared, this.today, this.day(nights));
    });
  }

  /** Waits until every platform shows what the PMS means. */
  async parity(timeoutMs = 120_000, sales: readonly Sale[] = ALL_SALES): Promise<void> {
    await this.until(
      'parity of all calendars',
      () => this.differences(sales).length === 0,
      timeoutMs,
    ).catch((error: unknown) => {
      const found = this.differences(sales);
      throw new Error(
        `${String(error)}; ${found.length} differences, first ${JSON.stringify(found[0])}`,
      );
    });
  }

  /** Ends every wait and the connection to the database. */
  async close(): Promise<void> {
    this.#over.abort(new Error('the telling is over'));
    await this.#database.end();
  }
}

/** The channel comes to us instead of taking requests. */
export function fetches(channel: string): boolean {
  return connectorOf(channel as ChannelType)?.manifest.pulls ?? false;
}

/** Nights that the channel sells at most. */
function horizonOf(channel: ChannelType): number {
  const manifest = connectorOf(channel)?.manifest;
  return Math.min(...(manifest?.fields ?? []).map((field) => manifest?.horizonDays[field] ?? 0));
}
