/** Why a night changed. `request` is the id of the exchange when the partner's API caused it. */
export type ChangeCause =
  | 'created'
  | 'api'
  | 'booking'
  | 'cancellation'
  | 'modification'
  | 'drift'
  | 'owner'
  | 'own_reopening';

export interface NightChange {
  readonly at: number;
  readonly cause: ChangeCause;
  readonly request: number | null;
  /** Whether a guest could book the night after the change. */
  readonly sellable: boolean;
  /** What was written or what the night held after the change, by field. */
  readonly values: Readonly<Record<string, string | number | boolean | null>>;
}

const KEPT_CHANGES = 10_000;

/** What happened to each night of each unit, oldest first. */
export class NightHistory {
  readonly #changes = new Map<string, NightChange[]>();

  add(unit: string, night: string, change: NightChange): void {
    const key = `${unit} ${night}`;
    const list = this.#changes.get(key) ?? [];
    list.push(change);
    if (list.length > KEPT_CHANGES) list.splice(0, KEPT_CHANGES / 2);
    this.#changes.set(key, list);
  }

  of(unit: string, night: string): readonly NightChange[] {
    return this.#changes.get(`${unit} ${night}`) ?? [];
  }

  /** Intervals in which the night was sellable, as instants; an open end is null. */
  sellable(
    unit: string,
    night: string,
  ): readonly { readonly from: number; readonly to: number | null }[] {
    const intervals: { from: number; to: number | null }[] = [];
    for (const change of this.of(unit, night)) {
      const last = intervals.at(-1);
      if (change.sellable && (!last || last.to !== null))
        intervals.push({ from: change.at, to: null });
      if (!change.sellable && last && last.to === null) last.to = change.at;
    }
    return intervals;
  }
}
