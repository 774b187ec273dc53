/** One thing that a platform counts, by a name that all processes build alike. */
export interface BudgetLimit {
  readonly budget: string;
  readonly requests: number;
  readonly windowMs: number;
}

/** Of a short window a process holds a share, in which it counts by itself. */
export interface ShareClaim extends BudgetLimit {
  /** Most of the limit that the process occupies or may still take. It has adopted that as its own limit before it says so. */
  readonly inUse: number;
  /** What it has use for; 0 gives the share up. */
  readonly wanted: number;
}

/** Of a long window a process draws slots, each to be used once and soon. */
export interface DrawClaim extends BudgetLimit {
  readonly wanted: number;
  /** Number of the slice that is drawn, rising. */
  readonly slice: number;
  /** How long its slots may be taken, ms. */
  readonly usableMs: number;
  /** What became of slots drawn before. */
  readonly used: readonly UsedSlots[];
  readonly unused: readonly { readonly slice: number; readonly slots: number }[];
}

export interface UsedSlots {
  readonly slice: number;
  readonly slots: number;
  /** ms since the latest moment at which the platform may have counted them; negative: it is still to come. */
  readonly agoMs: number;
}

/** The platform has refused requests by this budget: nobody may use it. */
export interface BudgetPause {
  readonly budget: string;
  /** How long, ms. Told again or late it lasts longer, never shorter. */
  readonly ms: number;
}

export interface BudgetTurn {
  /** UUID of the process. */
  readonly process: string;
  /** Rising. The same turn again has no second effect and the same answer, so one whose outcome is unknown is repeated as it was. */
  readonly turn: number;
  /** How long the process may send on what it holds, ms. */
  readonly leaseMs: number;
  /** How long after it left a request may be counted at most, ms. */
  readonly lifeMs: number;
  /** The process ends, and none of its requests is out. */
  readonly leaving: boolean;
  readonly shares: readonly ShareClaim[];
  readonly draws: readonly DrawClaim[];
  /** What this process was refused since its last turn, and what is left of that. */
  readonly pauses: readonly BudgetPause[];
}

export interface GrantedShare {
  readonly budget: string;
  readonly share: number;
  /** Below `share`: others wait for the rest of it. */
  readonly target: number;
}

export interface GrantedDraw {
  readonly budget: string;
  readonly slots: number;
  /** When more may be had, ms; null: all that was wanted is granted. */
  readonly retryInMs: number | null;
}

export interface BudgetAnswer {
  /** Of every share that was claimed, and of every other of this process that others wait for. */
  readonly shares: readonly GrantedShare[];
  readonly draws: readonly GrantedDraw[];
  /** What is left of the pauses of all budgets of the turn, and of all others that the process has something of, whoever was refused. */
  readonly pauses: readonly BudgetPause[];
}

/**
 * What platforms count for several connections, divided between processes. Time is that of the database: processes tell and are told durations
 * only. At every moment the shares of a budget, or the slots drawn and used within its window, add up to its limit at most; what a dead process
 * has counts until no request of it can be counted any more.
 */
export interface BudgetStore {
  /**
   * Renews the lease of the process, takes its report and grants what is free, fairly by demand.
   * @throws ParityError DATABASE_UNAVAILABLE: the turn may have had its effect; repeat it
   */
  settle(turn: BudgetTurn): Promise<BudgetAnswer>;
}
