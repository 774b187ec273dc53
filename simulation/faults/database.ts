import { ParityError } from '../../schemas/errors.ts';
import type { Chance } from '../chance.ts';
import type { Tally } from '../tally.ts';

/** What the database does to the transactions of the pipeline. */
export class DatabaseFaults {
  readonly #chance: Chance;
  readonly #tally: Tally;
  /** Chance per transaction that the connection breaks before it, or after its commit and before its caller knows. */
  breaking = 0;
  /** The database is away. */
  down = false;

  constructor(chance: Chance, tally: Tally) {
    this.#chance = chance;
    this.#tally = tally;
  }

  /** @throws ParityError DATABASE_UNAVAILABLE */
  meet(point: 'before' | 'after', transaction: string): void {
    const away = this.down && point === 'before';
    if (away) this.#tally.count('fault.database.down');
    else if (this.breaking > 0 && this.#chance.happens(this.breaking))
      this.#tally.count(`fault.database.broken_${point}`);
    else return;
    throw new ParityError('DATABASE_UNAVAILABLE', `simulated: ${point} ${transaction}`);
  }
}
