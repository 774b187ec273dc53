import { LARGEST_SKEW_MS, type World } from '../world/world.ts';
import { missingRevisions } from './bookings.ts';
import { rowsOf } from './database.ts';

/** What keeps the world from being at rest, in words. Empty: nothing is undone anywhere. */
export async function unrest(world: World): Promise<readonly string[]> {
  const lags = lagsOf(world);
  return [...stagesNotLive(world), ...lags, ...(await outside(world))];
}

function stagesNotLive(world: World): readonly string[] {
  const live = new Map<string, number>();
  const reasons: string[] = [];
  for (const process of world.processes()) {
    const { pipeline, state, name } = process;
    if (state !== 'running' || pipeline === null) {
      reasons.push(`${name} is ${state === 'running' ? 'starting' : state}`);
      continue;
    }
    for (const status of pipeline.status())
      live.set(status.stage, (live.get(status.stage) ?? 0) + status.live);
  }
  for (const [stage, count] of live)
    if (count !== world.topology.partitions)
      reasons.push(`${stage} is live on ${count} partitions`);
  return reasons;
}

/** Partitions whose committed offset is behind the end: something is undone (I9). */
function lagsOf(world: World): readonly string[] {
  const reasons: string[] = [];
  for (const stage of world.topology.stages) {
    if (stage.partitionedBy === 'none' || stage.name === 'reconciliation') continue;
    for (const topic of stage.inputs) {
      world.broker.topics.logs(topic).forEach((log, partition) => {
        const committed = world.broker.group(stage.name).committed({ topic, partition });
        const lag = log.end - (committed ?? log.start);
        if (lag !== 0 && !(committed === null && log.end === 0))
          reasons.push(`${stage.name} lags ${lag} on ${topic}[${partition}]`);
      });
    }
  }
  return reasons;
}

async function outside(world: World): Promise<readonly string[]> {
  const reasons = world.underWay
    .names()
    .filter((name) => name.startsWith('input.'))
    .map((name) => `somebody is still at ${name}`);
  const outbox = await rowsOf(world.database, 'outbox');
  const unpublished = outbox.filter(({ published, error }) => !published && error === null).length;
  if (unpublished > 0) reasons.push(`${unpublished} rows of the outbox are not published`);
  for (const { row } of await rowsOf(world.database, 'channel_connections'))
    if (row.phase === 'expired') reasons.push(`connection ${row.id} waits for its owner`);
  for (const key of world.log.keys('channel.cursors')) {
    const pending = world.log.get('channel.cursors', key)?.pending.length ?? 0;
    if (pending > 0) reasons.push(`the account ${key} has ${pending} messages of its inbox to do`);
  }
  const now = world.host.now();
  for (const { row } of await rowsOf(world.database, 'calendar_blocks'))
    if (row.expiresAt !== null && row.expiresAt > now - LARGEST_SKEW_MS)
      reasons.push(`the hold ${row.blockId} has not ended`);
  for (const { platform, name } of world.channels.values()) {
    if (platform.webhooks.waiting() > 0) reasons.push(`${name} has webhooks to send`);
    const { waitingMessages, waitingTransactions } = platform.report().extra;
    const waiting = waitingMessages ?? waitingTransactions;
    if (waiting) reasons.push(`${name} waits for ${waiting} acknowledgements`);
  }
  return [...reasons, ...(await missingRevisions(world))];
}
