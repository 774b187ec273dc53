import { parseArgs } from 'node:util';
import { watchLauncher } from '../local/launcher.ts';
import { TOPOLOGY } from '../topology/stages.ts';
import { HopProbe } from './floor/one-hop.ts';
import { openMarket } from './latency/market.ts';
import { describeMachine, load } from './machine.ts';
import { measureDelivery } from './parts/delivery.ts';
import { measureInbound } from './parts/inbound.ts';
import { measureKeys } from './parts/keys.ts';
import { measureOutbound } from './parts/outbound.ts';
import { measureRestore } from './parts/restore.ts';
import { measureThroughput } from './parts/throughput.ts';
import { type Report, rendered } from './report.ts';
import { type Results, verdictsOf } from './verdicts.ts';
import { openWorld, type World } from './world.ts';

const PARTS = ['throughput', 'restore', 'outbound', 'inbound', 'delivery', 'keys'] as const;
type Part = (typeof PARTS)[number];

const USAGE = `Measures Parity on the local stack, against something else that runs on it in the same run.

  npm run bench [-- [--json] [part …]]

Parts, all by default:
  throughput  intake, mapping and dedup against a read-copy-write loop over the same records
  restore     mapping's tables against a read of the same topics
  outbound    PMS event → request at the channel, in Kafka hops
  inbound     webhook of one channel → closing at the other, in Kafka hops
  delivery    50 connections under a backlog, two processes: share of the limits used; then with three platforms in trouble
  keys        work by key through the runner beside Confluent's Parallel Consumer, over the same records

  --json      one JSON object instead of the table
`;

const say = (line: string) => process.stderr.write(`${line}\n`);

/** @throws Error naming what is no part. */
function parse(): {
  readonly parts: readonly Part[];
  readonly json: boolean;
  readonly help: boolean;
} {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const unknown = positionals.filter((name) => !(PARTS as readonly string[]).includes(name));
  if (unknown.length > 0) throw new Error(`no such part: ${unknown.join(', ')}\n\n${USAGE}`);
  const parts =
    positionals.length === 0 ? PARTS : PARTS.filter((name) => positionals.includes(name));
  return { parts, json: values.json, help: values.help };
}

async function measure(world: World, parts: readonly Part[]): Promise<Results> {
  const wants = (part: Part) => parts.includes(part);
  return {
    ...(wants('throughput') ? { throughput: await measureThroughput(world, say) } : {}),
    ...(wants('restore') ? { restore: await measureRestore(world, say) } : {}),
    ...(wants('outbound') || wants('inbound') ? await measureLatencies(world, wants) : {}),
    ...(wants('delivery') ? { delivery: await measureDelivery(world, say) } : {}),
    ...(wants('keys') ? { keys: await measureKeys(world, say) } : {}),
  };
}

async function measureLatencies(world: World, wants: (part: Part) => boolean): Promise<Results> {
  const topics = await world.topics(['pms.events']);
  const market = await openMarket(world, say);
  try {
    const { partitions } = TOPOLOGY;
    const groupId = `${topics.prefix}hop`;
    const probe = await HopProbe.open(world.kafka, topics.full('pms.events'), groupId, partitions);
    try {
      const results = {
        ...(wants('outbound')
          ? { outbound: await measureOutbound(world, market, probe, say) }
          : {}),
        ...(wants('inbound') ? { inbound: await measureInbound(market, probe, say) } : {}),
      };
      const violations = JSON.stringify(await market.violations());
      if (violations !== '{}') throw new Error(`a platform's rules were broken: ${violations}`);
      return results;
    } finally {
      await probe.close();
    }
  } finally {
    await market.close();
  }
}

async function main(): Promise<void> {
  const { parts, json, help } = parse();
  if (help) {
    process.stdout.write(USAGE);
    return;
  }
  const startedAt = new Date();
  const before = load();
  const world = await openWorld(say);
  let interrupted = false;
  const interrupt = () => {
    if (interrupted) return;
    interrupted = true;
    void world.close().then(() => process.exit(130));
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupt);
  watchLauncher(interrupt);
  try {
    const results = await measure(world, parts);
    const report: Report = {
      machine: await describeMachine(world.stack.kind),
      load: { before, after: load() },
      startedAt: startedAt.toISOString(),
      seconds: (Date.now() - startedAt.getTime()) / 1_000,
      verdicts: verdictsOf(results),
      ...results,
    };
    process.stdout.write(`${json ? JSON.stringify(report) : rendered(report)}\n`);
  } finally {
    if (!interrupted) await world.close();
  }
}

await main();
