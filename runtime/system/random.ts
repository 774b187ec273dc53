import { randomUUID } from 'node:crypto';
import type { Random } from '../ports.ts';

/** Chance of the machine. `next` is for jitter, never for secrets. */
export const systemRandom: Random = {
  next: () => Math.random(),
  uuid: () => randomUUID(),
};
