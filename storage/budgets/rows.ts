/** What a process holds of a budget with a short window; for a long one, what it waits for. */
export interface ShareRow {
  readonly budget: string;
  readonly process: string;
  readonly held: number;
  readonly wanted: number;
  /** Below `held`: the process is to give the rest back. */
  readonly target: number;
}

/** Slots of a long window that are occupied until `until` (ms of the database); those of a negative slice have been used. */
export interface SliceRow {
  readonly budget: string;
  readonly process: string;
  readonly slice: number;
  readonly slots: number;
  readonly until: number;
}

/** Nobody may use the budget until `until` (ms of the database). */
export interface PauseRow {
  readonly budget: string;
  readonly until: number;
}

/** When the lease of each process ends or ended, ms of the database; of one that is not listed nothing is left. */
export type Leases = ReadonlyMap<string, number>;
