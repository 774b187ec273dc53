import { describe, expect, it } from 'vitest';
import { ParityError } from '../../schemas/errors.ts';
import { instantEnvironment } from '../testing/environment.ts';
import { MemoryDatabase } from './database.ts';
import { createMemoryStorage } from './storage.ts';

describe('the lock of the relay in memory', () => {
  it('falls free when the connection breaks before its owner knows that it has it', async () => {
    const database = new MemoryDatabase();
    const environment = instantEnvironment();
    const unlucky = createMemoryStorage({
      database,
      environment,
      fault: (point) => {
        if (point === 'after') throw new ParityError('DATABASE_UNAVAILABLE', 'broken');
      },
    });
    await expect(unlucky.relay.tryAcquire()).rejects.toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
    });
    const lucky = createMemoryStorage({ database, environment });
    expect(await lucky.relay.tryAcquire()).not.toBeNull();
  });
});
