import { expect, it } from 'vitest';
import { fullSyncText } from './full-sync-progress.ts';

const BEGUN = Date.UTC(2030, 0, 2, 3, 4, 5);
const UNDER_WAY = { begunAt: BEGUN, finishedAt: null, total: 1_500, done: 910, refused: 0 };

it('says how far a full sync is, and since when', () => {
  expect(fullSyncText(UNDER_WAY)).toBe('full sync 60 % (910 of 1500) since 2030-01-02T03:04:05Z');
  expect(fullSyncText({ ...UNDER_WAY, refused: 20 })).toBe(
    'full sync 62 % (910 of 1500, 20 refused) since 2030-01-02T03:04:05Z',
  );
});

it('says when it was over, and nothing where there was none', () => {
  expect(fullSyncText({ ...UNDER_WAY, done: 1_500, finishedAt: BEGUN + 60_000 })).toBe(
    'full sync over 2030-01-02T03:05:05Z (1500 of 1500)',
  );
  expect(fullSyncText(undefined)).toBe('');
});
