import { describe, expect, it } from 'vitest';
import { SCHEMAS } from '../../schemas/generated/schemas.ts';
import { avroType } from '../../schemas/logical-types.ts';
import {
  DOCUMENTS,
  documentValue,
  PARTITIONS,
  registry,
  textOf,
  World,
} from '../testing/toy-world.ts';
import { claimHeaders } from './epoch.ts';
import { LiveTable } from './live-view.ts';

async function opened(world: World): Promise<LiveTable<typeof DOCUMENTS>> {
  let table: LiveTable<typeof DOCUMENTS> | undefined;
  void LiveTable.open(world.process().log, world.serde, DOCUMENTS, PARTITIONS).then((open) => {
    table = open;
  });
  await world.time.until(() => table !== undefined);
  return table!;
}

describe('a view outside any group', () => {
  it('is complete when it opens, follows, and ignores zombies as every reader does', async () => {
    const world = await World.open();
    const headers = claimHeaders({ epoch: 2, writer: 'owner' });
    await world.append(DOCUMENTS, 'a', documentValue('a', 1, 'x'), { partition: 0, headers });
    await world.append(DOCUMENTS, 'b', documentValue('b', 1, 'x'), { partition: 1, headers });
    const table = await opened(world);
    expect([...table.keys()]).toEqual(['a', 'b']);
    await world.append(DOCUMENTS, 'a', documentValue('a', 2, 'y'), { partition: 0, headers });
    await world.append(DOCUMENTS, 'a', documentValue('a', 9, 'zombie'), { partition: 0 });
    await world.append(DOCUMENTS, 'b', null, { partition: 1, headers });
    await world.time.advance(1_000);
    expect([textOf(table.get('a')), table.get('b')]).toEqual(['2:y', undefined]);
    await table.close();
  });

  it('reads something of each value once, and again when there is another value', async () => {
    const world = await World.open();
    const headers = claimHeaders({ epoch: 2, writer: 'owner' });
    await world.append(DOCUMENTS, 'a', documentValue('a', 1, 'x'), { partition: 0, headers });
    const table = await opened(world);
    let times = 0;
    const textsOf = table.reading((value) => {
      times++;
      return [textOf(value)];
    });
    expect([textsOf('a'), textsOf('a'), textsOf('b'), times]).toEqual([
      ['1:x'],
      ['1:x'],
      undefined,
      1,
    ]);
    await world.append(DOCUMENTS, 'a', documentValue('a', 2, 'y'), { partition: 0, headers });
    await world.time.advance(1_000);
    expect([textsOf('a'), textsOf('a'), times]).toEqual([['2:y'], ['2:y'], 2]);
    await world.append(DOCUMENTS, 'a', null, { partition: 0, headers });
    await world.time.advance(1_000);
    expect(textsOf('a')).toBeUndefined();
    await table.close();
  });

  it('waits for the schema of another build, in order', async () => {
    const world = await World.open();
    const table = await opened(world);
    const schema = SCHEMAS[DOCUMENTS] as { fields: object[] };
    const other = { ...schema, fields: [...schema.fields, { name: 'view', type: 'string' }] };
    const id = await registry.register('view', other, 'BACKWARD_TRANSITIVE');
    const head = Buffer.alloc(5);
    head.writeUInt32BE(id, 1);
    const value = { ...documentValue('k', 1, 'first'), view: 'x' };
    const bytes = Buffer.concat([head, avroType(other).toBuffer(value)]);
    await world.append(DOCUMENTS, 'k', bytes, { partition: 0 });
    await world.append(DOCUMENTS, 'k', documentValue('k', 2, 'second'), { partition: 0 });
    await world.time.advance(1_000);
    expect(textOf(table.get('k'))).toBe('2:second');
    await table.close();
  });

  it('says when it cannot be read any more', async () => {
    const world = await World.open();
    const table = await opened(world);
    let failure: unknown;
    table.failed.catch((error: unknown) => {
      failure = error;
    });
    await world.append(DOCUMENTS, 'k', new Uint8Array(3), { partition: 0 });
    await world.time.until(() => failure !== undefined);
    expect(failure).toMatchObject({ code: 'TABLE_UNDECODABLE' });
    await table.close();
  });
});
