import pg from 'pg';
import { nodeServices } from '../../cli/node.ts';
import { PipelineChild } from '../../cli/up/pipeline-host.ts';
import { parseConfiguration } from '../../runtime/config/load.ts';
import type { PlainDate } from '../../schemas/domain/plain-date.ts';
import { migrate } from '../../storage/migrate.ts';
import { type AtEnd, type Closable, opening } from '../market/opening.ts';
import { createTopics, pipelineSettings } from '../market/pipeline.ts';
import { dayFromToday, everythingOnSale, quiet } from '../market/selling.ts';
import { type Simulators, startSimulators } from '../market/simulators.ts';
import type { World } from '../world.ts';
import { furnish } from './furnishing.ts';
import { type FleetSale, fleet } from './homes.ts';

/** The fleet on sale at four simulated platforms, kept in step by two processes of the pipeline; platforms and pipelines each on their own. */
export interface FleetMarket extends Closable {
  readonly simulators: Simulators;
  readonly pipelines: readonly PipelineChild[];
  /** Name on the cluster of a topic of this pipeline. */
  topic(name: string): string;
  /** A night so many days from today. */
  day(days: number): PlainDate;
  /** Rejects when a pipeline ends by itself. */
  readonly failed: Promise<never>;
}

/** Fewer than the shortest horizon, which is Google's. */
export const NIGHTS_ON_SALE = 320;
/** How long the platforms take to answer, ms: the most for which a share of the limits is promised. */
export const ANSWER_MS = 20;
const PREFIX = 'fleet-';
const DATABASE = 'parity_fleet';
const PIPELINES = 2;
const SETTLES_WITHIN_MS = 240_000;

/** Starts everything beside the stack and waits until all is on sale and nothing more is sent. */
export function openFleetMarket(
  world: World,
  onProgress: (line: string) => void,
): Promise<FleetMarket> {
  return opening(async (atEnd) => {
    const postgresUrl = await ownDatabase(world.stack.postgresUrl);
    const simulators = await startSimulators();
    atEnd(() => simulators.stop());
    for (const channel of channels()) await simulators.side(channel).answerWithin(ANSWER_MS);
    const values = pipelineSettings(world, simulators, { topicPrefix: PREFIX, postgresUrl });
    const services = nodeServices(parseConfiguration(values), world.environment);
    atEnd(() => services.close());
    await createTopics(world, PREFIX);
    const pipelines = await startPipelines(values, atEnd);
    const failed = Promise.race(pipelines.map((pipeline) => pipeline.failed));
    failed.catch(() => undefined);
    onProgress(`${PIPELINES} pipelines are up; the fleet goes live`);
    const live = furnish(services, simulators, world.environment, NIGHTS_ON_SALE);
    await Promise.race([live, failed]);
    const onSale = everythingOnSale(simulators, sales(), NIGHTS_ON_SALE, SETTLES_WITHIN_MS);
    await Promise.race([onSale, failed]);
    await fleetQuiet(simulators);
    onProgress(`${sales().length} connections of ${fleet.length} homes are on sale`);
    const topic = (name: string) => PREFIX + name;
    return { simulators, pipelines, topic, day: dayFromToday, failed };
  });
}

export function sales(): readonly FleetSale[] {
  return fleet.flatMap((home) => home.sales);
}

export function channels(): readonly string[] {
  return [...new Set(sales().map(({ channel }) => channel))];
}

export function fleetQuiet(simulators: Simulators): Promise<void> {
  return quiet(simulators, channels(), SETTLES_WITHIN_MS);
}

async function startPipelines(
  values: Record<string, string>,
  atEnd: AtEnd,
): Promise<readonly PipelineChild[]> {
  const pipelines: PipelineChild[] = [];
  while (pipelines.length < PIPELINES) {
    const pipeline = await PipelineChild.start(values);
    atEnd(() => pipeline.stop());
    pipelines.push(pipeline);
  }
  return pipelines;
}

/** A database beside that of the other parts, whose homes would be sold here too. */
async function ownDatabase(postgresUrl: string): Promise<string> {
  const client = new pg.Client({ connectionString: postgresUrl });
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${DATABASE}`);
  } finally {
    await client.end();
  }
  const url = new URL(postgresUrl);
  url.pathname = `/${DATABASE}`;
  await migrate(url.href);
  return url.href;
}
