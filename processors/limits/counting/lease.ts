/**
 * How long this process may send on what it holds. *living* → time passes → *over* → renewed → *living*, one generation later: what was held in
 * an older generation may have been given to others meanwhile. Times are monotonic ms.
 */
export class Lease {
  #until = Number.NEGATIVE_INFINITY;
  #generation = 0;

  get generation(): number {
    return this.#generation;
  }

  lives(now: number): boolean {
    return now < this.#until;
  }

  /** @param until by the time at which the renewal was asked for */
  renew(now: number, until: number): void {
    if (!this.lives(now)) this.#generation++;
    this.#until = Math.max(this.#until, until);
  }
}
