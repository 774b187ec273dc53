import { randomUUID } from 'node:crypto';
import type { Producer } from 'kafkajs';
import { until } from '../../local/until.ts';
import type { BookingId } from '../../schemas/domain/ids.ts';
import { addDays, type PlainDate } from '../../schemas/domain/plain-date.ts';
import { eventOf } from '../../schemas/pms-event.ts';
import { partitionOf } from '../../topology/placement.ts';
import { TOPOLOGY } from '../../topology/stages.ts';
import { type HopProbe, until as moment } from '../floor/one-hop.ts';
import { type Home, homes } from '../latency/homes.ts';
import type { Market } from '../latency/market.ts';
import { type Processing, processingOf } from '../machine.ts';
import { TENANT } from '../market/selling.ts';
import type { SimulatedSide } from '../market/simulators.ts';
import { median, type Spread, spread } from '../statistics.ts';
import type { World } from '../world.ts';

export const PER_SECOND = 50;
/** Hops and events take turns; the first round warms up and is not counted. */
const ROUNDS = 7;
const HOPS = 250;
const EVENTS = 500;
/** Sequences beyond those that PostgreSQL gives to the homes. */
const FIRST_SEQUENCE = 1_000_000;
const ARRIVE_WITHIN_MS = 30_000;
/** The first of the nights that are closed here, days from today. */
const FIRST_NIGHT = 20;

export interface OutboundResult {
  readonly perSecond: number;
  readonly hop: Spread;
  /** ms from the event's produce call until its closing arrived, at all channels. */
  readonly latency: Spread;
  readonly byChannel: Readonly<Record<string, Spread>>;
  /** Medians of the rounds' ratios of p50 to the hops' p50, and of p99 to the hops' p99. */
  readonly p50Hops: number;
  readonly p99Hops: number;
  readonly rounds: readonly LatencyRound[];
  /** What the pipeline computed for an event, all stages, ms; null where the system does not tell. */
  readonly cpuMsPerEvent: number | null;
}

/** Hops and latencies of the same half minute. */
export interface LatencyRound {
  readonly hop: Spread;
  readonly latency: Spread;
  /** Share of the time in which the pipeline could have run but had no processor; null where the system does not tell. */
  readonly waited: number | null;
}

interface Closing {
  readonly home: Home;
  readonly night: PlainDate;
  /** Wall clock, ms: right before the event was handed to the producer. */
  readonly sentAt: number;
}

/** Bookings of the PMS at an even pace over all homes; each closes a night at every channel of its home. */
export async function measureOutbound(
  { kafka, serde }: World,
  market: Market,
  probe: HopProbe,
  onProgress: (line: string) => void,
): Promise<OutboundResult> {
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  const hops: number[] = [];
  const latencies = new Map<string, number[]>();
  const computing: number[] = [];
  const rounds: LatencyRound[] = [];
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      const roundHops = await probe.measure(HOPS, PER_SECOND);
      const before = processing(market);
      const startedAt = performance.now();
      const closings = await book(producer, serde, market, round * EVENTS);
      const after = processing(market);
      const elapsed = performance.now() - startedAt;
      const arrived = await arrivals(market, closings);
      const latency = spread([...arrived.values()].flat());
      const hop = spread(roundHops);
      onProgress(
        `PMS event to request: p50 ${latency.p50.toFixed(1)} ms, p99 ${latency.p99.toFixed(1)} ms; hop ${hop.p50.toFixed(2)} and ${hop.p99.toFixed(2)} ms`,
      );
      if (round === 0) continue;
      const known = before !== null && after !== null;
      const waited = known ? (after.waitedMs - before.waitedMs) / elapsed : null;
      rounds.push({ hop, latency, waited });
      hops.push(...roundHops);
      if (known) computing.push((after.computedMs - before.computedMs) / EVENTS);
      for (const [channel, values] of arrived)
        latencies.set(channel, [...(latencies.get(channel) ?? []), ...values]);
    }
  } finally {
    await producer.disconnect();
  }
  return {
    perSecond: PER_SECOND,
    hop: spread(hops),
    latency: spread([...latencies.values()].flat()),
    byChannel: Object.fromEntries([...latencies].map(([name, values]) => [name, spread(values)])),
    p50Hops: median(rounds.map(({ latency, hop }) => latency.p50 / hop.p50)),
    p99Hops: median(rounds.map(({ latency, hop }) => latency.p99 / hop.p99)),
    rounds,
    cpuMsPerEvent: computing.length > 0 ? median(computing) : null,
  };
}

async function book(
  producer: Producer,
  serde: World['serde'],
  market: Market,
  done: number,
): Promise<Closing[]> {
  const begin = performance.now();
  const closings: Closing[] = [];
  const sent: Promise<unknown>[] = [];
  for (let at = 0; at < EVENTS; at += 1) {
    await moment(begin + (at * 1_000) / PER_SECOND);
    const number = done + at;
    const home = homes[number % homes.length];
    if (home === undefined) continue;
    const night = market.day(FIRST_NIGHT + Math.floor(number / homes.length));
    const value = Buffer.from(serde.encode('pms.events', bookingOf(home, night, number)));
    const partition = partitionOf(home.propertyId, TOPOLOGY.partitions);
    const sentAt = Date.now();
    closings.push({ home, night, sentAt });
    const headers = { 'origin-ts': String(sentAt), 'tenant-id': TENANT };
    sent.push(
      producer.send({
        topic: 'pms.events',
        acks: -1,
        messages: [{ key: home.propertyId, value, partition, headers }],
      }),
    );
  }
  await Promise.all(sent);
  return closings;
}

function bookingOf({ propertyId }: Home, night: PlainDate, number: number) {
  return eventOf({
    type: 'booking.confirmed',
    event_id: randomUUID(),
    tenant_id: TENANT,
    property_id: propertyId,
    sequence: FIRST_SEQUENCE + number,
    occurred_at: Date.now(),
    origin: null,
    payload: {
      booking_id: randomUUID() as BookingId,
      property_id: propertyId,
      check_in: night,
      check_out: addDays(night, 1),
    },
  });
}

/** Waits for all closings. @returns latencies, ms, by channel */
async function arrivals(
  { simulators }: Market,
  closings: readonly Closing[],
): Promise<Map<string, number[]>> {
  const byChannel = new Map<string, number[]>();
  for (const { home, night, sentAt } of closings) {
    const sides: [SimulatedSide, Home['booking']][] = [
      [simulators.airbnb, home.airbnb],
      [simulators.booking, home.booking],
    ];
    for (const [side, sale] of sides) {
      if (sale === null) continue;
      const at = await until(
        `the closing of ${night} on ${sale.channel}`,
        () => side.closedAt(sale.unit, night),
        ARRIVE_WITHIN_MS,
      );
      byChannel.set(sale.channel, [...(byChannel.get(sale.channel) ?? []), at - sentAt]);
    }
  }
  return byChannel;
}

export function processing({ pipeline }: Market): Processing | null {
  return pipeline.pid === undefined ? null : processingOf(pipeline.pid);
}
