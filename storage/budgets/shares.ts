import type { GrantedShare, ShareClaim } from '../ports/budgets.ts';
import type { Leases, ShareRow } from './rows.ts';

/** Where there are fewer slots than processes that want one, they take turns of this length, ms. */
const ROTATION_MS = 30_000;

interface Situation {
  readonly process: string;
  readonly now: number;
  readonly lifeMs: number;
  /** Of all processes with a row, this one's as it is renewed. */
  readonly leases: Leases;
}

/** Takes the claim of one process into the rows of its budget. The sum of what is held never rises above the limit. */
export function settleShare(
  claim: ShareClaim,
  rows: readonly ShareRow[],
  { process, now, lifeMs, leases }: Situation,
): { readonly rows: readonly ShareRow[]; readonly granted: GrantedShare } {
  const endOf = (row: ShareRow) => leases.get(row.process) ?? Number.NEGATIVE_INFINITY;
  const others = rows.filter(
    (row) =>
      row.process !== process &&
      (endOf(row) > now || (row.held > 0 && endOf(row) + lifeMs + claim.windowMs > now)),
  );
  const dead = others.filter((row) => endOf(row) <= now);
  const before = rows.find((row) => row.process === process)?.held ?? 0;
  const own = { process, held: Math.min(before, claim.inUse), wanted: claim.wanted };
  const living = [...others.filter((row) => endOf(row) > now), own];
  const parts = fairParts(Math.max(0, claim.requests - held(dead)), living, now);
  const part = (row: { readonly process: string }) => parts.get(row.process) ?? 0;
  const free = claim.requests - held(dead) - held(living);
  own.held += Math.max(0, Math.min(free, part(own) - own.held));
  const isShort = living.some((row) => row.held < part(row)) || held(living) > claim.requests;
  const { budget } = claim;
  const settled = living
    .map((row): ShareRow => {
      const target = isShort ? Math.min(row.held, part(row)) : row.held;
      return { budget, process: row.process, held: row.held, wanted: row.wanted, target };
    })
    .filter((row) => row.held > 0 || row.wanted > 0);
  const target = settled.find((row) => row.process === process)?.target ?? own.held;
  return { rows: [...settled, ...dead], granted: { budget, share: own.held, target } };
}

function held(rows: readonly { readonly held: number }[]): number {
  return rows.reduce((sum, row) => sum + row.held, 0);
}

type Wish = Pick<ShareRow, 'process' | 'wanted'>;

/** Max-min fair: nobody has more than it wants, and nobody less than another that could give. */
function fairParts(
  capacity: number,
  wishes: readonly Wish[],
  now: number,
): ReadonlyMap<string, number> {
  const wanting = wishes
    .filter(({ wanted }) => wanted > 0)
    .sort((a, b) => a.wanted - b.wanted || (a.process < b.process ? -1 : 1));
  if (capacity < wanting.length) return inTurns(capacity, wanting, now);
  let left = capacity;
  return new Map(
    wanting.map(({ process, wanted }, index) => {
      const part = Math.min(wanted, Math.floor(left / (wanting.length - index)));
      left -= part;
      return [process, part];
    }),
  );
}

function inTurns(capacity: number, wanting: readonly Wish[], now: number) {
  const order = [...wanting].sort((a, b) => (a.process < b.process ? -1 : 1));
  const first = Math.floor(now / ROTATION_MS) % order.length;
  return new Map(
    order.map(({ process }, index) => {
      const place = (index - first + order.length) % order.length;
      return [process, place < capacity ? 1 : 0];
    }),
  );
}
