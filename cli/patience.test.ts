import { describe, expect, it } from 'vitest';
import { World } from '../runtime/testing/toy-world.ts';
import { ParityError } from '../schemas/errors.ts';
import { patiently } from './patience.ts';

async function attempts(failures: readonly unknown[]) {
  const world = await World.open();
  const { environment } = world.process();
  let made = 0;
  let end: string | undefined;
  const step = async () => {
    const failure = failures[made];
    made += 1;
    if (failure !== undefined) throw failure;
    return 'started';
  };
  const run = patiently(environment, 'the start', step).then(
    (result) => {
      end = result;
    },
    (error: unknown) => {
      end = error instanceof ParityError ? error.code : String(error);
    },
  );
  await world.time.until(() => end !== undefined);
  await run;
  return { made, end, seconds: environment.clock.monotonic() / 1_000 };
}

const away = new ParityError('LOG_UNAVAILABLE', 'connect ECONNREFUSED');

describe('a start', () => {
  it('waits for a cluster that is out of reach for a moment', async () => {
    const registryAway = new ParityError('REGISTRY_UNAVAILABLE', 'no answer');
    expect(await attempts([away, registryAway, away])).toMatchObject({ made: 4, end: 'started' });
  });

  it('gives up after 30 s with what was wrong last', async () => {
    const { end, seconds } = await attempts(Array.from({ length: 100 }, () => away));
    expect(end).toBe('LOG_UNAVAILABLE');
    expect(seconds).toBeGreaterThan(10);
    expect(seconds).toBeLessThan(31);
  });

  it('waits for nothing that does not pass by itself', async () => {
    expect(await attempts([new ParityError('TOPOLOGY_INVALID', '6 partitions')])).toMatchObject({
      made: 1,
      end: 'TOPOLOGY_INVALID',
    });
    expect(await attempts([new TypeError('a defect')])).toMatchObject({ made: 1 });
  });
});
