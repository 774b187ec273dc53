import { expect, it } from 'vitest';
import type { Environment } from '../../../runtime/ports.ts';
import { World } from '../../../runtime/testing/toy-world.ts';
import type { PlainDate } from '../../../schemas/domain/plain-date.ts';
import { addDays, dateIn, monthOf } from '../../../schemas/domain/plain-date.ts';
import type { DesiredPage } from '../../../schemas/generated/types.ts';
import { partitionOf } from '../../../topology/placement.ts';
import { TOPOLOGY } from '../../../topology/stages.ts';
import { memoryBudgets } from '../../limits/testing/memory-budgets.ts';
import { deliveryStage } from '../stage.ts';
import { withNight } from '../testing/desired.ts';
import { CONNECTION } from '../testing/harness.ts';
import { ModelChannel } from '../testing/model-channel.ts';
import { modelConnector } from '../testing/model-connector.ts';

const PARTITIONS = 3;
const PARTITION = partitionOf(CONNECTION.property_id, PARTITIONS);

/** Delivery on a log that keeps every version of every page, as a real one does until its cleaner comes. */
async function open() {
  const world = await World.open({ topology: { ...TOPOLOGY, partitions: PARTITIONS } });
  const host = world.time.process('channel');
  const channel = new ModelChannel(host, () => host.now());
  const connectorOf = () => modelConnector();
  const stage = ({ environment }: { readonly environment: Environment }) =>
    deliveryStage({
      connectorOf,
      transport: channel,
      budgets: memoryBudgets(environment, connectorOf),
      environment,
    });
  const put = (topic: 'channel.connections' | 'channel.desired', key: string, value: object) =>
    world.append(topic, key, value, { partition: PARTITION });
  let page: DesiredPage | undefined;
  await put('channel.connections', CONNECTION.connection_id, CONNECTION);
  return {
    world,
    channel,
    stage,
    today: dateIn('UTC', host.now()),
    want: (night: PlainDate, availability: number) => {
      const values = { availability, price: 10_000, min_stay_arrival: 2 };
      page = withNight(page, CONNECTION, 'UTC', night, values, {});
      return put('channel.desired', `${CONNECTION.connection_id}/${monthOf(night)}`, page);
    },
    sent: (night: PlainDate) =>
      channel.requests
        .flatMap(({ changes }) => changes)
        .filter((change) => change.field === 'availability' && change.night === night)
        .map(({ value }) => value),
  };
}

it('old and new page of a table at restart, the channel having been down: nothing that is closed by now is opened', async () => {
  const { world, channel, stage, today, want, sent } = await open();
  const first = monthStart(today);
  const [wasOpen, wasClosed] = [addDays(first, 9), addDays(first, 10)];
  const before = world.process();
  await world.start(before, stage(before));
  await want(wasOpen, 1);
  await want(wasClosed, 0);
  await world.time.advance(20_000);
  expect([sent(wasOpen), sent(wasClosed)]).toEqual([[1], [0]]);

  channel.always = { kind: 'unreachable' };
  await want(wasClosed, 1);
  await world.time.advance(5_000);
  before.kill();
  await want(wasOpen, 0);
  await want(wasClosed, 0);
  expect(world.dump('channel.desired').length).toBeGreaterThanOrEqual(5);
  channel.behave();
  const after = world.process();
  await world.start(after, stage(after));
  await world.time.advance(120_000);
  expect(sent(wasOpen)).toEqual([1, 0]);
  expect(
    sent(wasClosed)
      .slice(1)
      .every((value) => value === 0),
  ).toBe(true);
});

/** A month that is whole ahead of us. */
function monthStart(today: PlainDate): PlainDate {
  const next = addDays(today, 40);
  return addDays(next, 1 - Number(next.slice(8)));
}
