/** What a request is to the platform, so that a fault can be aimed. */
export type RequestKind = 'write' | 'read' | 'poll' | 'acknowledge' | 'fetch' | 'token' | 'other';

/**
 * A fault on request.
 * - `fail`: answered with `status` (and `retryAfter` seconds) before anything is looked at.
 * - `slow`: done at once, answered `delay` ms late.
 * - `hang`: never looked at, never answered. `reset`: the connection drops, with `applied` after the work was done.
 * - `apply_then_timeout`: done, never answered.
 * - `apply_late`: done `delay` ms later; until then and after no answer, or 504 at once with `answer: 'gateway_timeout'`.
 * - `partial`: the platform refuses a `share` of the updates of a message (platforms with partial success only).
 * - `refuse`: the platform refuses updates that touch `nights` (all: undefined) in `field` (any: undefined).
 * - `malformed_body`, `wrong_content_type`: done, but the answer is cut short, or is a proxy's HTML page.
 * - `huge_body`: done, but the answer is followed by `bytes` of nothing (default 20 MB).
 * - `lose_write`: answered as done, not done.
 */
export type FaultSpec = FaultAim &
  (
    | { readonly kind: 'fail'; readonly status: number; readonly retryAfter?: number }
    | { readonly kind: 'slow'; readonly delay: number }
    | { readonly kind: 'hang' }
    | { readonly kind: 'reset'; readonly applied?: boolean }
    | { readonly kind: 'apply_then_timeout' }
    | {
        readonly kind: 'apply_late';
        readonly delay: number;
        readonly answer?: 'none' | 'gateway_timeout';
      }
    | { readonly kind: 'partial'; readonly share: number }
    | { readonly kind: 'refuse'; readonly nights?: readonly string[]; readonly field?: FieldGroup }
    | { readonly kind: 'malformed_body' }
    | { readonly kind: 'wrong_content_type' }
    | { readonly kind: 'huge_body'; readonly bytes?: number }
    | { readonly kind: 'lose_write' }
  );

export type FaultKind = FaultSpec['kind'];
export type FieldGroup = 'availability' | 'price' | 'restrictions';

export const FAULT_KINDS = [
  'fail',
  'slow',
  'hang',
  'reset',
  'apply_then_timeout',
  'apply_late',
  'partial',
  'refuse',
  'malformed_body',
  'wrong_content_type',
  'huge_body',
  'lose_write',
] as const satisfies readonly FaultKind[];

interface FaultAim {
  /** Listing or hotel; undefined: all. */
  readonly target?: string;
  /** Kind of request; undefined: all. */
  readonly on?: RequestKind;
  /** How many requests it hits; null: until cleared. Default 1. */
  readonly times?: number | null;
  /** Chance per request that it hits. Default 1. */
  readonly probability?: number;
}

interface ArmedFault {
  readonly id: number;
  readonly spec: FaultSpec;
  left: number;
  hits: number;
}

const writesOnly: ReadonlySet<FaultKind> = new Set(['partial', 'refuse', 'lose_write']);

/** The faults that are armed, oldest first; one request meets at most one of them. */
export class FaultBook {
  readonly #random: () => number;
  readonly #armed: ArmedFault[] = [];
  readonly #counts = new Map<FaultKind, number>();
  #nextId = 1;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Arms a fault and gives its id. */
  arm(spec: FaultSpec): number {
    const id = this.#nextId;
    this.#nextId += 1;
    const left = spec.times === null ? Number.POSITIVE_INFINITY : (spec.times ?? 1);
    this.#armed.push({ id, spec, left, hits: 0 });
    return id;
  }

  /** Disarms one fault, or all. */
  clear(id?: number): void {
    for (let at = this.#armed.length - 1; at >= 0; at -= 1) {
      if (id === undefined || this.#armed[at]?.id === id) this.#armed.splice(at, 1);
    }
  }

  armed(): readonly ArmedFault[] {
    return this.#armed;
  }

  /** How often each kind has hit. */
  counts(): Record<string, number> {
    return Object.fromEntries(this.#counts);
  }

  /** The fault that this request meets, if any. */
  meet(kind: RequestKind, target: string | null): FaultSpec | undefined {
    const fault = this.#armed.find(({ spec }) => this.#hits(spec, kind, target));
    if (!fault) return undefined;
    fault.left -= 1;
    fault.hits += 1;
    if (fault.left <= 0) this.clear(fault.id);
    this.#counts.set(fault.spec.kind, (this.#counts.get(fault.spec.kind) ?? 0) + 1);
    return fault.spec;
  }

  #hits(spec: FaultSpec, kind: RequestKind, target: string | null): boolean {
    if (spec.on !== undefined && spec.on !== kind) return false;
    if (spec.target !== undefined && spec.target !== target) return false;
    if (writesOnly.has(spec.kind) && kind !== 'write') return false;
    return spec.probability === undefined || this.#random() < spec.probability;
  }
}
