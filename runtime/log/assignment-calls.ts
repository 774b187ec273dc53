import type { GroupHandler } from '../event-log.ts';

type Assignment = Parameters<GroupHandler['assigned']>[0];
type Positions = Awaited<ReturnType<GroupHandler['assigned']>>;

/**
 * Keeps the calls of `assigned` and `revoked` one after the other: a loss that comes while the handler still works on `assigned` is told
 * when it has answered, and a newer assignment waits until then.
 */
export class AssignmentCalls {
  readonly #handler: GroupHandler;
  /** Raised by each revocation and each newer assignment. */
  #tenure = 0;
  /** The handler was told of an assignment and not yet of its loss. */
  #told = false;
  #busy: Promise<void> | null = null;

  constructor(handler: GroupHandler) {
    this.#handler = handler;
  }

  /**
   * Asks the handler for positions.
   * @returns null when the assignment was lost meanwhile (the handler knows it then).
   * @throws what the handler throws while the assignment stands.
   */
  async assign(assignment: Assignment): Promise<Positions | null> {
    this.revoke();
    const tenure = this.#tenure;
    while (this.#busy !== null) await this.#busy;
    if (tenure !== this.#tenure) return null;
    this.#told = true;
    let settle: () => void = () => undefined;
    this.#busy = new Promise((resolve) => {
      settle = resolve;
    });
    let positions: Positions | null = null;
    let failure: { readonly error: unknown } | null = null;
    try {
      positions = await this.#handler.assigned(assignment);
    } catch (error) {
      failure = { error };
    }
    this.#busy = null;
    const lost = tenure !== this.#tenure;
    if (lost) this.#tellRevoked();
    settle();
    if (lost) return null;
    if (failure !== null) throw failure.error;
    return positions;
  }

  /** The assignment is over: the handler hears so now, or as soon as it has answered. */
  revoke(): void {
    this.#tenure += 1;
    if (this.#busy === null) this.#tellRevoked();
  }

  #tellRevoked(): void {
    if (!this.#told) return;
    this.#told = false;
    this.#handler.revoked();
  }
}
