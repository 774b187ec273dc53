import { expect, it } from 'vitest';
import type { Connector, LimitDeclaration } from '../../../connectors/contract.ts';
import { Fleet } from '../testing/fleet.ts';
import { modelConnector } from '../testing/model-connector.ts';
import { APPLIED } from '../testing/story.ts';

/** The model channel with a limit that connections share; the path of a request names its listing. */
function sharing(limit: LimitDeclaration): Connector {
  const connector = modelConnector({ concurrency: 1 });
  return {
    ...connector,
    manifest: { ...connector.manifest, limits: [...connector.manifest.limits, limit] },
    plan: (connection, ...given) => {
      const { requests, refused } = connector.plan(connection, ...given);
      const path = `/${connection.listing}`;
      return { requests: requests.map((request) => ({ ...request, path })), refused };
    },
  };
}

it('five connections that hang leave half of a shared limit of ten to the one that works', async () => {
  const limit = { scope: 'account', requests: 10, windowMs: 1_000 } as const;
  const fleet = await Fleet.start(6, sharing(limit));
  await fleet.time.advance(5_000);
  fleet.channel.always = ({ path }) => (path === '/5' ? APPLIED : { kind: 'silence', lands: null });
  for (const hanging of fleet.connections.slice(0, 5)) await fleet.close(hanging, fleet.night(10));
  await fleet.time.advance(2_000);
  for (const hanging of fleet.connections.slice(0, 5)) await fleet.close(hanging, fleet.night(11));
  await fleet.time.advance(2_000);
  const before = fleet.channel.requests.length;
  expect(before).toBe(5);
  await fleet.close(fleet.connections[5]!, fleet.night(10));
  await fleet.time.advance(2_000);
  expect(fleet.channel.requests.slice(before).map(({ path }) => path)).toEqual(['/5']);
});

it('values of which one is edited all the time get their turn at a shared limit that others use too', async () => {
  const limit = { scope: 'account', requests: 5, windowMs: 1_000 } as const;
  const fleet = await Fleet.start(6, sharing(limit));
  const [edited, ...others] = fleet.connections;
  await fleet.time.advance(5_000);
  const edits = 2_000;
  for (let edit = 1; edit <= edits; edit++) {
    if (edit === 200) await fleet.want(edited!, fleet.night(11), { price: 30_000 });
    await fleet.want(edited!, fleet.night(10), { price: 20_000 + edit });
    if (edit % 10 === 0)
      for (const other of others)
        await fleet.want(other, fleet.night(10 + ((edit / 10) % 20)), { price: 20_000 + edit });
    await fleet.time.advance(15);
  }
  const ofEdited = fleet.channel.requests.filter(({ path }) => path === '/0').length;
  const ofOthers = fleet.channel.requests.length - ofEdited;
  // A sixth of what leaves would be fair; a third of that is asked for.
  expect(ofEdited).toBeGreaterThanOrEqual(ofOthers / 5 / 3);
  const hasLeft = fleet.channel.requests.some(
    ({ path, changes }) => path === '/0' && changes.some(({ value }) => value === 30_000),
  );
  expect(hasLeft).toBe(true);
});
