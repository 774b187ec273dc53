import { beforeEach, describe, expect, it } from 'vitest';
import { codeOf } from '../../../schemas/errors.ts';
import { VirtualTime } from '../../testing/virtual-time.ts';
import { Recorder } from '../recorder.ts';
import { MemoryBroker } from './broker.ts';
import type { MemoryEventLog } from './client.ts';

const SESSION_MS = 6_000;
const TOPIC = 'faults';
const group = { groupId: 'group', topics: [TOPIC], sessionTimeoutMs: SESSION_MS, maxWaitMs: 100 };

let time: VirtualTime;
let broker: MemoryBroker;

beforeEach(async () => {
  time = new VirtualTime({ seed: 3 });
  broker = new MemoryBroker({ ...ports(), latencies: { networkMs: 4, requestTimeoutMs: 1_000 } });
  await settled(
    connect().admin.createTopics([
      { name: TOPIC, partitions: 2, replicationFactor: 1, config: {} },
    ]),
  );
});

function ports() {
  const process = time.process('client');
  return { clock: process, timers: process, random: time.random };
}

function connect(): MemoryEventLog {
  return broker.connect(ports());
}

async function settled<T>(promise: Promise<T>): Promise<T> {
  let done = false;
  const mark = () => {
    done = true;
  };
  promise.then(mark, mark);
  await time.until(() => done, 60_000);
  return promise;
}

function values(partition = 0): string[] {
  return broker
    .dump({ topic: TOPIC, partition })
    .map(({ value }) => Buffer.from(value!).toString());
}

function record(value: string, partition = 0) {
  return { topic: TOPIC, partition, key: 'k', value: Buffer.from(value) };
}

async function failure(promise: Promise<unknown>): Promise<string | undefined> {
  return settled(promise.then(() => undefined, codeOf));
}

describe('a produce request', () => {
  it('that is lost says LOG_UNAVAILABLE and leaves nothing', async () => {
    broker.faults.loseRequest = 1;
    expect(await failure(connect().produce([record('a')]))).toBe('LOG_UNAVAILABLE');
    expect(values()).toEqual([]);
    expect(broker.counts.lostRequests).toBe(1);
  });

  it('whose answer is lost says LOG_UNAVAILABLE and has been written', async () => {
    broker.faults.loseAnswer = 1;
    expect(await failure(connect().produce([record('a')]))).toBe('LOG_UNAVAILABLE');
    expect(values()).toEqual(['a']);
    expect(broker.counts.lostAnswers).toBe(1);
  });

  it('may be written in part: whole partitions only', async () => {
    broker.faults.partialProduce = 1;
    const log = connect();
    for (let round = 0; round < 20; round += 1) {
      const outcome = log.produce([
        record(`${round}a`),
        record(`${round}b`, 1),
        record(`${round}c`),
      ]);
      expect(await failure(outcome)).toBe('LOG_UNAVAILABLE');
    }
    const [first, second] = [values(0), values(1)];
    for (let round = 0; round < 20; round += 1) {
      expect(first.includes(`${round}a`)).toBe(first.includes(`${round}c`));
    }
    expect(first.length).toBeGreaterThan(0);
    expect(first.length).toBeLessThan(40);
    expect(second.length).toBeGreaterThan(0);
    expect(second.length).toBeLessThan(20);
  });

  it('that is repeated stands twice, in order, and the answer names the second copy', async () => {
    broker.faults.duplicateProduce = 1;
    const log = connect();
    expect(await settled(log.produce([record('a'), record('b')]))).toEqual([2, 3]);
    broker.faults.duplicateProduce = 0;
    await settled(log.produce([record('c')]));
    expect(values()).toEqual(['a', 'b', 'a', 'b', 'c']);
  });

  it('that is late lands behind what others wrote after its failure was known', async () => {
    broker.faults.lateProduce = 1;
    broker.faults.lateMs = 5_000;
    const [one, other] = [connect(), connect()];
    expect(await failure(one.produce([record('late')]))).toBe('LOG_UNAVAILABLE');
    broker.faults.lateProduce = 0;
    await settled(other.produce([record('newer')]));
    await time.advance(10_000);
    expect(values()).toEqual(['newer', 'late']);
    expect(broker.counts.lateAppends).toBe(1);
  });

  it('takes what waits behind it along when it fails, unless it touches other partitions only', async () => {
    broker.faults.loseRequest = 1;
    const log = connect();
    const first = failure(log.produce([record('a')]));
    await time.advance(2);
    const same = failure(log.produce([record('b')]));
    const other = log.produce([record('c', 1)]);
    const bridged = failure(log.produce([record('d'), record('e', 1)]));
    const behindBridge = failure(log.produce([record('f', 1)]));
    await time.until(() => broker.counts.lostRequests === 1);
    broker.faults.loseRequest = 0;
    expect([await first, await same, await bridged, await behindBridge]).toEqual(
      Array.from({ length: 4 }, () => 'LOG_UNAVAILABLE'),
    );
    expect(await settled(other)).toEqual([0]);
    expect(values(0)).toEqual([]);
    expect(values(1)).toEqual(['c']);
  });
});

describe('a frozen process', () => {
  it('loses its partitions by the session timeout; what it had under way lands late; it hears of it when it wakes', async () => {
    const [frozen, other] = [connect(), connect()];
    const zombie = new Recorder({ positions: () => 'earliest' });
    const member = await settled(frozen.join(group, zombie));
    await time.until(() => zombie.active);
    const produced = frozen.produce([record('of the zombie')]);
    await time.advance(1);
    broker.freezeClient(frozen);
    const lease = member.leaseUntil();

    const heir = new Recorder({ positions: (_key, committed) => committed ?? 'earliest' });
    await settled(other.join(group, heir));
    await time.until(() => heir.active);
    expect(heir.assignments.at(-1)!.partitions).toHaveLength(2);
    expect(time.process('check').monotonic()).toBeGreaterThanOrEqual(lease);
    expect(broker.counts.sessionExpiries).toBe(1);
    await settled(other.produce([record('of the heir')]));
    expect(zombie.events).toEqual(['assigned']);
    expect(zombie.received).toEqual([]);

    broker.resumeClient(frozen);
    expect(await settled(produced)).toEqual([1]);
    expect(values()).toEqual(['of the heir', 'of the zombie']);
    expect(member.leaseUntil()).toBe(lease);
    const commit = member.commit([{ topic: TOPIC, partition: 0, offset: 1 }]);
    expect(await failure(commit)).toBe('LEASE_LOST');
    await time.until(() => zombie.assignments.length === 2);
    expect(zombie.events).toEqual(['assigned', 'revoked', 'assigned']);
    expect(broker.counts.refusedCommits).toBe(1);
  });

  it('may have its held requests landed while it sleeps', async () => {
    const frozen = connect();
    const produced = frozen.produce([record('a')]);
    await time.advance(0);
    broker.freezeClient(frozen);
    await time.advance(1_000);
    expect(values()).toEqual([]);
    expect(broker.landHeld(frozen)).toBe(1);
    expect(values()).toEqual(['a']);
    broker.resumeClient(frozen);
    expect(await settled(produced)).toEqual([0]);
  });
});

it('a killed process says nothing any more, and its group goes on without it', async () => {
  const [killed, other] = [connect(), connect()];
  const victim = new Recorder({ positions: () => 'earliest' });
  await settled(killed.join(group, victim));
  const heir = new Recorder({ positions: () => 'earliest' });
  await settled(other.join(group, heir));
  await time.until(
    () => victim.active && heir.active && heir.assignments.at(-1)!.partitions.length === 1,
  );
  broker.killClient(killed);
  const heard = victim.events.length;
  await time.until(() => heir.active && heir.assignments.at(-1)!.partitions.length === 2);
  await settled(other.produce([record('a')]));
  await time.advance(60_000);
  expect(victim.events).toHaveLength(heard);
  expect(victim.received).toEqual([]);
});

it('an isolated process runs its lease out, cannot write, and comes back', async () => {
  const isolated = connect();
  const recorder = new Recorder({ positions: () => 'earliest' });
  const member = await settled(isolated.join(group, recorder));
  await time.until(() => recorder.active);
  broker.isolateClient(isolated);
  const lastContact = member.lastFetchAt();
  expect(await failure(isolated.produce([record('a')]))).toBe('LOG_UNAVAILABLE');
  await time.advance(2 * SESSION_MS);
  const now = time.process('check').monotonic();
  expect(member.leaseUntil()).toBeLessThan(now);
  expect(member.lastFetchAt()).toBe(lastContact);
  broker.reconnectClient(isolated);
  await time.until(() => recorder.assignments.length === 2 && recorder.active);
  expect(recorder.events).toEqual(['assigned', 'revoked', 'assigned']);
  expect(member.leaseUntil()).toBeGreaterThan(time.process('check').monotonic());
});

it('a member whose lease holds never shares a partition, whatever happens to the group', async () => {
  const clients = [connect(), connect(), connect()];
  const recorders = clients.map(() => new Recorder({ positions: () => 'earliest' }));
  const members = await Promise.all(
    clients.map((client, index) => settled(client.join(group, recorders[index]!))),
  );
  const watch = time.process('check');
  for (let step = 0; step < 400; step += 1) {
    const chance = time.random.next();
    const client = clients[Math.floor(time.random.next() * 3)]!;
    if (chance < 0.04) broker.freezeClient(client);
    else if (chance < 0.1) broker.resumeClient(client);
    else if (chance < 0.14) broker.isolateClient(client);
    else if (chance < 0.2) broker.reconnectClient(client);
    else if (chance < 0.25) broker.forceRebalance(group.groupId);
    await time.advance(250);
    const held = members.flatMap((member, index) =>
      member.leaseUntil() > watch.monotonic() && recorders[index]!.active
        ? recorders[index]!.assignments.at(-1)!.partitions.map(({ partition }) => partition)
        : [],
    );
    expect(new Set(held).size).toBe(held.length);
  }
  expect(broker.counts.sessionExpiries).toBeGreaterThan(0);
  expect(broker.counts.freezes).toBeGreaterThan(0);
  expect(broker.counts.isolations).toBeGreaterThan(0);
});

it('counts a rewind when a member reads again what the group had been given', async () => {
  const log = connect();
  await settled(log.produce([record('a'), record('b')]));
  const recorder = new Recorder({ positions: (_key, committed) => committed ?? 'earliest' });
  const member = await settled(log.join(group, recorder));
  await time.until(() => recorder.received.length === 2);
  await settled(member.commit([{ topic: TOPIC, partition: 0, offset: 1 }]));
  broker.forceRebalance(group.groupId);
  await time.until(() => recorder.received.length === 3);
  expect(recorder.offsets(TOPIC, 0, 2)).toEqual([1]);
  expect(broker.counts.rewinds).toBe(1);
});
