import type { FullSyncState } from '../../storage/ports/sync-history.ts';

/** How far the latest full sync of a connection is, in words; empty: there was none. */
export function fullSyncText(sync: FullSyncState | undefined): string {
  if (sync === undefined) return '';
  const { begunAt, finishedAt, total, done, refused } = sync;
  const percent = total === 0 ? 100 : Math.floor(((done + refused) / total) * 100);
  const counts = `${done} of ${total}${refused > 0 ? `, ${refused} refused` : ''}`;
  return finishedAt === null
    ? `full sync ${percent} % (${counts}) since ${instant(begunAt)}`
    : `full sync over ${instant(finishedAt)} (${counts})`;
}

function instant(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).concat('Z');
}
