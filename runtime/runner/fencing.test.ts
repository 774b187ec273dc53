import { describe, expect, it } from 'vitest';
import { codeOf } from '../../schemas/errors.ts';
import { claimHeaders, claimOf, EPOCH_KEY, epochRecordValue } from '../tables/epoch.ts';
import {
  COPIES,
  copyValue,
  DOCUMENTS,
  documentValue,
  FACTS,
  intakeStage,
  mappingStage,
  probeStage,
  TENANT,
  textOf,
  World,
} from '../testing/toy-world.ts';

const P = { partition: 0 };

/** Epochs in the log of partition 0 of the documents, in order: `number of writer`. */
const epochs = (world: World) =>
  world
    .dump(DOCUMENTS, 0)
    .filter(({ key }) => key === EPOCH_KEY)
    .map(({ headers }) => claimOf(headers));

const rival = (epoch: number) => {
  const claim = { epoch, writer: 'rival' };
  return { claim, headers: claimHeaders(claim) };
};

describe('epochs', () => {
  it('rise by one with every owner', async () => {
    const world = await World.open();
    for (let owner = 1; owner <= 3; owner += 1) {
      const process = world.process();
      const runner = await world.start(process, intakeStage());
      await world.time.until(() => runner.status.live === 3);
      process.kill();
      await world.time.advance(15_000);
    }
    expect(epochs(world).map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
    expect(new Set(epochs(world).map(({ writer }) => writer)).size).toBe(3);
  });

  it('are learned from data records where the epoch record is gone', async () => {
    const world = await World.open();
    const { headers } = rival(7);
    await world.append(DOCUMENTS, 'k', documentValue('k', 1, 'x'), { ...P, headers });
    const runner = await world.start(world.process(), intakeStage());
    await world.time.until(() => runner.status.live === 3);
    expect(epochs(world).map(({ epoch }) => epoch)).toEqual([8]);
  });

  it('that two owners took alike go to the first in the log; the other takes the next once the coordinator agrees', async () => {
    const world = await World.open();
    // The rival's record reaches the log after the runner has read the end of the table and before its own record.
    const process = world.process();
    const rivalry = rival(1);
    const produce = process.log.produce.bind(process.log);
    let raced = false;
    process.log.produce = async (records) => {
      if (!raced && records[0]?.key === EPOCH_KEY && records[0].partition === 0) {
        raced = true;
        const value = epochRecordValue(rivalry.claim);
        await produce([
          { topic: DOCUMENTS, partition: 0, key: EPOCH_KEY, value, headers: rivalry.headers },
        ]);
      }
      return produce(records);
    };
    const runner = await world.start(process, intakeStage());
    await world.time.until(() => runner.status.live === 3);
    expect(epochs(world)).toMatchObject([
      { epoch: 1, writer: 'rival' },
      { epoch: 1 },
      { epoch: 2 },
    ]);
    expect(epochs(world)[1]?.writer).toBe(epochs(world)[2]?.writer);
    await world.fact('k', 1, 'x', 0);
    await world.time.until(() => world.table(DOCUMENTS).get('k') === '1:x');
  });

  it('of somebody higher end the work; it goes on under a still higher one only since the coordinator confirms it', async () => {
    const world = await World.open();
    const process = world.process();
    const runner = await world.start(process, intakeStage());
    await world.fact('k', 1, 'x', 0);
    await world.time.until(() => world.table(DOCUMENTS).get('k') === '1:x');
    const { claim, headers } = rival(9);
    const value = epochRecordValue(claim);
    await world.append(DOCUMENTS, EPOCH_KEY, value, { ...P, headers });
    await world.append(DOCUMENTS, 'k', documentValue('k', 5, 'rival'), { ...P, headers });
    await world.time.until(() => epochs(world).at(-1)?.epoch === 10);
    await world.time.until(() => runner.status.live === 3);
    await world.fact('k', 3, 'older than what the rival wrote', 0);
    await world.fact('k', 6, 'newer', 0);
    await world.time.until(() => world.table(DOCUMENTS).get('k') === '6:newer');
    const codes = process.logger.lines.map(({ fields }) => fields.code);
    expect(codes).toContain('FENCED');
  });

  it('of a zombie change nothing for its successor: it is refused by the coordinator and stays silent', async () => {
    const world = await World.open();
    const zombie = world.process();
    const first = await world.start(zombie, intakeStage());
    await world.time.until(() => first.status.live === 3);
    // Cut off from the broker, not stopped: it believes itself the owner until its lease is over.
    world.broker.isolateClient(zombie.log);
    const second = await world.start(world.process(), intakeStage());
    await world.time.until(() => second.status.live === 3);
    expect(first.status.live).toBe(0);
    world.broker.reconnectClient(zombie.log);
    await world.time.until(() => first.status.live + second.status.live === 3, 60_000);
    await world.fact('k', 1, 'x', 0);
    await world.time.until(() => world.table(DOCUMENTS).get('k') === '1:x');
  });
});

describe("a zombie's record behind the new epoch", () => {
  async function haunted(): Promise<World> {
    const world = await World.open();
    const runner = await world.start(world.process(), intakeStage());
    await world.fact('k', 1, 'right', 0);
    await world.time.until(() => world.table(DOCUMENTS).get('k') === '1:right');
    expect(runner.status.live).toBe(3);
    return world;
  }

  it('is ignored by live readers, and its owner writes the right value again', async () => {
    const world = await haunted();
    const reader = world.process();
    await world.start(reader, mappingStage());
    await world.time.until(() => world.table(COPIES).get('k') === '1:right');
    const { headers } = rival(0);
    const at = await world.append(DOCUMENTS, 'k', documentValue('k', 9, 'zombie'), {
      ...P,
      headers,
    });
    await world.time.until(() => (world.dump(DOCUMENTS, 0).at(-1)?.offset ?? 0) > at);
    await world.time.advance(2_000);
    expect(world.dump(DOCUMENTS, 0).map(({ key }) => key)).toEqual([EPOCH_KEY, 'k', 'k', 'k']);
    expect(world.table(COPIES).get('k')).toBe('1:right');
    // The copy follows the repaired document without a change of its own.
    expect(world.dump(COPIES, 0).filter(({ key }) => key === 'k')).toHaveLength(1);
    expect(reader.metrics.countOf('parity_zombie_records_total')).toBe(1);
    world.broker.compact(DOCUMENTS);
    expect(world.table(DOCUMENTS).get('k')).toBe('1:right');
  });

  it('on a key that does not exist is taken away again by a tombstone', async () => {
    const world = await haunted();
    const { headers } = rival(0);
    await world.append(DOCUMENTS, 'ghost', documentValue('ghost', 9, 'zombie'), { ...P, headers });
    await world.time.advance(2_000);
    expect(world.dump(DOCUMENTS, 0).at(-1)).toMatchObject({ key: 'ghost', value: null });
  });

  it('on the epoch record is covered too, or a later reader would believe it after compaction', async () => {
    const world = await haunted();
    const { claim, headers } = rival(0);
    await world.append(DOCUMENTS, EPOCH_KEY, epochRecordValue(claim), { ...P, headers });
    await world.time.advance(2_000);
    expect(epochs(world).at(-1)).toEqual(epochs(world)[0]);
  });

  it('is doubtful after a restart when compaction has taken the right value, and the stage decides', async () => {
    const world = await World.open();
    const { headers: right } = rival(3);
    const { headers: wrong } = { headers: claimHeaders({ epoch: 2, writer: 'zombie' }) };
    await world.append(COPIES, 'lost', copyValue('lost', 1, 'right'), { ...P, headers: right });
    await world.append(COPIES, 'left', copyValue('left', 1, 'right'), { ...P, headers: right });
    await world.append(COPIES, 'lost', copyValue('lost', 0, 'zombie'), { ...P, headers: wrong });
    await world.append(COPIES, 'nobody', copyValue('nobody', 0, 'zombie'), {
      ...P,
      headers: wrong,
    });
    await world.append(COPIES, 'other', copyValue('other', 1, 'right'), { ...P, headers: right });
    world.broker.compact(COPIES);
    const doubts: string[] = [];
    const stage = probeStage({ ownTables: [COPIES] }, ({ partition, tables, write }) => ({
      restored: async (doubtful) => {
        if (partition !== 0) return;
        doubts.push(...doubtful.map(({ key }) => key));
        expect(tables.get(COPIES, 'lost')).toBeUndefined();
        expect(textOf(tables.get(COPIES, 'left'))).toBe('1:right');
        const value = copyValue('lost', 2, 'recomputed');
        await write([{ topic: COPIES, key: 'lost', value, tenantId: TENANT }]);
      },
    }));
    const runner = await world.start(world.process(), stage);
    await world.time.until(() => runner.status.live === 3);
    await world.time.advance(1_000);
    expect(doubts.sort()).toEqual(['lost', 'nobody']);
    // What the stage did not decide about is gone for every later reader.
    expect([...world.table(COPIES)]).toEqual([
      ['left', '1:right'],
      ['lost', '2:recomputed'],
      ['other', '1:right'],
    ]);
    const newest = world
      .dump(COPIES, 0)
      .filter(({ key }) => key === 'nobody')
      .at(-1);
    expect(newest?.value).toBeNull();
  });

  it('is repaired by the next owner where the last one died before it could', async () => {
    const world = await World.open();
    const { headers } = rival(3);
    const wrong = { headers: claimHeaders({ epoch: 2, writer: 'zombie' }) };
    await world.append(COPIES, 'k', copyValue('k', 1, 'right'), { ...P, headers });
    await world.append(COPIES, 'k', copyValue('k', 0, 'zombie'), { ...P, ...wrong });
    const runner = await world.start(
      world.process(),
      probeStage({ ownTables: [COPIES] }, () => ({})),
    );
    await world.time.until(() => runner.status.live === 3);
    await world.time.advance(1_000);
    world.broker.compact(COPIES);
    expect([...world.table(COPIES)]).toEqual([['k', '1:right']]);
  });
});

describe('the lease', () => {
  it('over before the write lets nothing leave, and after it says so', async () => {
    const world = await World.open();
    const process = world.process();
    const codes: (string | undefined)[] = [];
    const copy = {
      topic: COPIES,
      key: 'k',
      value: copyValue('k', 1, 'x'),
      tenantId: TENANT,
    } as const;
    let leases: boolean[] = [];
    const stage = probeStage(
      { ownTables: [COPIES] },
      ({ partition, write, lost, leaseHeld, writeAfterLease }) => ({
        restored: async () => {
          if (partition !== 0) return;
          leases.push(leaseHeld());
          lost.addEventListener('abort', () => {
            leases.push(leaseHeld());
            for (const task of [() => write([copy]), () => writeAfterLease([copy])]) {
              task().catch((error: unknown) => codes.push(codeOf(error)));
            }
          });
        },
      }),
    );
    const runner = await world.start(process, stage);
    await world.time.until(() => runner.status.live === 3);
    world.broker.isolateClient(process.log);
    await world.time.advance(15_000);
    expect(leases).toEqual([true, false]);
    expect(codes).toEqual(['LEASE_LOST', 'TOPOLOGY_INVALID']);
    leases = [];
    world.broker.reconnectClient(process.log);
    await world.time.until(() => runner.status.live === 3);
    expect(leases).toEqual([true]);
    expect(world.dump(COPIES, 0).filter(({ key }) => key === 'k')).toEqual([]);
  });

  it('allows one write after it: commands, no table', async () => {
    const world = await World.open();
    const process = world.process();
    const stage = probeStage(
      { ownTables: [COPIES], eventInputs: [FACTS], name: 'delivery' },
      ({ writeAfterLease, partition }) => ({
        close: async () => {
          if (partition !== 0) return;
          const command = { topic: 'channel.dead-letters', key: 'recheck', value: null } as const;
          await writeAfterLease([command]);
        },
      }),
    );
    const runner = await world.start(process, stage);
    await world.time.until(() => runner.status.live === 3);
    void runner.stop();
    await world.time.until(() => runner.status.state === 'ended');
    expect(world.dump('channel.dead-letters', 0).map(({ key }) => key)).toEqual(['recheck']);
  });
});
