import { expect, it } from 'vitest';
import type { PlannedRequest } from '../../../connectors/contract.ts';
import { FAILURES_TO_OPEN } from '../permission/breaker.ts';
import { CANARIES, REST_MS } from '../permission/probe-line.ts';
import { Fleet } from '../testing/fleet.ts';
import { modelConnector } from '../testing/model-connector.ts';
import { APPLIED, UNAVAILABLE } from '../testing/story.ts';

const CONNECTIONS = 10_000;
const MINUTE = 60_000;
const OUTAGE_MS = 60 * MINUTE;
/** Listings that never answer, also when the platform does. */
const HANGING = 20;
/** After the end of the outage: until a canary finds it, and then 100 a second. */
const RECOVERY_MS = 3 * MINUTE;
/** The limit of the address would allow 2,000 at once. */
const MOST_IN_A_SECOND = 150;

/** The largest number of requests in any window. */
function fullest(times: readonly number[], windowMs: number): number {
  let most = 0;
  let first = 0;
  for (const [index, at] of times.entries()) {
    while ((times[first] ?? at) <= at - windowMs) first++;
    most = Math.max(most, index - first + 1);
  }
  return most;
}

it('10,000 connections: an outage of an hour costs their breakers and a few canaries, and its end brings no stampede', async () => {
  const connector = modelConnector();
  const address = { scope: 'address', requests: 2_000, windowMs: 10_000 } as const;
  const limits = [...connector.manifest.limits, address];
  const fleet = await Fleet.start(CONNECTIONS, {
    ...connector,
    manifest: { ...connector.manifest, limits },
    plan: (connection, changes, context) => {
      const plan = connector.plan(connection, changes, context);
      const path = `/${connection.listing}`;
      return { ...plan, requests: plan.requests.map((request) => ({ ...request, path })) };
    },
  });
  const { time, channel, connections } = fleet;
  let down = true;
  const isHanging = ({ path }: PlannedRequest) => Number(path.slice(1)) < HANGING;
  channel.always = (request) =>
    isHanging(request) ? { kind: 'silence', lands: null } : down ? UNAVAILABLE : APPLIED;
  for (const connection of connections) await fleet.close(connection, fleet.night(10));
  await time.advance(OUTAGE_MS);
  const { sentAt } = channel;
  const probes = sentAt.length - CONNECTIONS * FAILURES_TO_OPEN;
  expect(probes).toBeGreaterThan(OUTAGE_MS / REST_MS);
  expect(probes).toBeLessThanOrEqual((CANARIES * OUTAGE_MS) / REST_MS);
  expect(fullest(sentAt, address.windowMs)).toBeLessThanOrEqual(address.requests);

  down = false;
  const end = time.elapsed;
  const before = sentAt.length;
  const reached = new Set<string>();
  channel.onRequest = (request) => {
    if (!isHanging(request)) reached.add(request.path);
  };
  await time.until(() => reached.size === CONNECTIONS - HANGING, 10 * MINUTE);
  const returned = sentAt.slice(before);
  expect(time.elapsed - end).toBeLessThan(RECOVERY_MS);
  // 100 a second are let go; what waits for a slot of the address meanwhile leaves together.
  expect(fullest(returned, 1_000)).toBeLessThanOrEqual(MOST_IN_A_SECOND);
  expect(returned.length).toBeLessThan(CONNECTIONS * 1.05);
}, 240_000);
