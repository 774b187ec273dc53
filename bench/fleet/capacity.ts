/** What one connection could send in a measured time, and the budgets that it shares, the narrowest first. */
export interface Member {
  /** Requests that its own window and its concurrency allow. */
  readonly own: number;
  readonly budgets: readonly SharedBudget[];
}

export interface SharedBudget {
  readonly name: string;
  /** Requests of all who share it. */
  readonly allows: number;
}

/** Requests that a window allows in a time: a window that is longer than the time may be used up within it. */
export function allowedIn(
  ms: number,
  { requests, windowMs }: { readonly requests: number; readonly windowMs: number },
): number {
  return requests * Math.max(1, ms / windowMs);
}

/**
 * Most requests of all members together. Budgets are nested: who shares one shares all wider ones too, as the connections of a listing, an
 * account and an identity do.
 */
export function possibleOf(members: readonly Member[]): number {
  let parts: readonly Member[] = members;
  while (parts.some(({ budgets }) => budgets.length > 0)) parts = withinNarrowest(parts);
  return parts.reduce((sum, { own }) => sum + own, 0);
}

/** Applies budgets that are nobody's wider one any more. */
function withinNarrowest(members: readonly Member[]): Member[] {
  const wider = new Set(members.flatMap(({ budgets }) => budgets.slice(1).map(({ name }) => name)));
  const merged = new Map<string, Member>();
  const rest: Member[] = [];
  for (const member of members) {
    const [narrowest, ...others] = member.budgets;
    if (narrowest === undefined || wider.has(narrowest.name)) {
      rest.push(member);
      continue;
    }
    const before = merged.get(narrowest.name)?.own ?? 0;
    const own = Math.min(narrowest.allows, before + member.own);
    merged.set(narrowest.name, { own, budgets: others });
  }
  if (merged.size === 0) throw new RangeError('the budgets are not nested');
  return [...rest, ...merged.values()];
}
