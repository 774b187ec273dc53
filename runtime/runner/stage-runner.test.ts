import { describe, expect, it } from 'vitest';
import {
  COPIES,
  DOCUMENTS,
  FACTS,
  intakeStage,
  mappingStage,
  World,
} from '../testing/toy-world.ts';

describe('a stage over events', () => {
  it('folds events into its table, and commits what is done', async () => {
    const world = await World.open();
    const process = world.process();
    const runner = await world.start(process, intakeStage());
    await world.fact('a', 1, 'one', 0);
    await world.fact('b', 1, 'two', 1);
    await world.fact('a', 2, 'three', 0);
    await world.time.until(() => world.table(DOCUMENTS).size === 2);
    await world.time.advance(2_000);
    expect([...world.table(DOCUMENTS)]).toEqual([
      ['a', '2:three'],
      ['b', '1:two'],
    ]);
    expect(world.committed('intake', FACTS, 0)).toBe(2);
    expect(world.committed('intake', FACTS, 1)).toBe(1);
    expect(runner.status).toMatchObject({ state: 'running', assigned: 3, live: 3 });
    void runner.stop();
    await world.time.advance(5_000);
    expect(runner.status.state).toBe('ended');
  });
});

describe('a stage over tables', () => {
  it('recomputes everything when it starts, and follows changes', async () => {
    const world = await World.open();
    const process = world.process();
    await world.start(process, intakeStage());
    await world.fact('a', 1, 'one', 0);
    await world.fact('b', 1, 'two', 1);
    await world.time.until(() => world.table(DOCUMENTS).size === 2);
    await world.start(process, mappingStage());
    await world.time.until(() => world.table(COPIES).size === 2);
    await world.fact('b', 2, 'new', 1);
    await world.time.until(() => world.table(COPIES).get('b') === '2:new');
    expect(
      process.logger.lines.filter(({ level }) => level === 'error' || level === 'warn'),
    ).toEqual([]);
  });
});
