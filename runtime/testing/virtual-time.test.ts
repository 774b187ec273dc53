import { describe, expect, it } from 'vitest';
import { sleep } from '../ports.ts';
import { SeededRandom } from './seeded-random.ts';
import { VIRTUAL_EPOCH_MS, VirtualTime } from './virtual-time.ts';

describe('VirtualTime', () => {
  it('fires timers in order of time, then of creation, and lets their consequences happen in between', async () => {
    const time = new VirtualTime();
    const process = time.process('a');
    const seen: string[] = [];
    const wait = async (name: string, delay: number) => {
      await sleep(process, delay);
      seen.push(`${name}@${process.monotonic()}`);
    };
    void wait('late', 20).then(() => wait('after late', 5));
    void wait('first', 10);
    void wait('second', 10);
    await time.advance(24);
    expect(seen).toEqual(['first@10', 'second@10', 'late@20']);
    await time.advance(1);
    expect(seen).toContain('after late@25');
    expect(process.now()).toBe(VIRTUAL_EPOCH_MS + 25);
  });

  it('holds the timers of a frozen process back and drops those of a killed one', async () => {
    const time = new VirtualTime();
    const frozen = time.process('frozen');
    const killed = time.process('killed');
    const seen: string[] = [];
    frozen.after(5, () => seen.push('frozen'));
    killed.after(5, () => seen.push('killed'));
    frozen.freeze();
    killed.kill();
    await time.advance(100);
    expect(seen).toEqual([]);
    frozen.thaw();
    await time.advance(0);
    expect(seen).toEqual(['frozen']);
  });

  it('says which condition did not come about', async () => {
    await expect(new VirtualTime().until(() => false, 10)).rejects.toThrow('() => false');
  });
});

describe('SeededRandom', () => {
  it('repeats itself for a seed, differs for another, and makes version 4 UUIDs', () => {
    const draw = (seed: number) => {
      const random = new SeededRandom(seed);
      return [random.next(), random.next(), random.uuid()];
    };
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
    expect(draw(7)[2]).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });
});
