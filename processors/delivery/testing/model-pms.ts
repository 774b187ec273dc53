import type { PlainDate } from '../../../schemas/domain/plain-date.ts';
import type { Marks, Values } from './desired.ts';
import type { DeliveryHarness } from './harness.ts';

/** What the PMS and the channel's own bookings say of one night. */
interface NightFacts {
  covered: boolean;
  blocked: boolean;
  price: number | null;
  stay: number;
  /** Revision time of the channel's own booking that covers the night. */
  ownSince: number | null;
  released: number;
}

interface Rumour {
  readonly night: PlainDate;
  readonly bookedAt: number | null;
}

/** A PMS with its mapping: what it wants of each night, and what it has not yet heard of the channel's own bookings. */
export class ModelPms {
  readonly #harness: DeliveryHarness;
  readonly #nights = new Map<PlainDate, NightFacts>();
  #unheard: Rumour[] = [];
  #sequence = 0;

  constructor(harness: DeliveryHarness) {
    this.#harness = harness;
  }

  async set(night: PlainDate, change: Partial<NightFacts>): Promise<void> {
    Object.assign(this.#factsOf(night), change);
    await this.#publish(night);
  }

  /** A guest books or leaves at the channel; the PMS hears of it later. */
  ownBooking(night: PlainDate, bookedAt: number | null): void {
    this.#unheard.push({ night, bookedAt });
  }

  /** Whether the channel has a booking of its own over the night, heard of or not. */
  isBookedAtChannel(night: PlainDate): boolean {
    const last = this.#unheard.findLast((rumour) => rumour.night === night);
    return (last ? last.bookedAt : this.#factsOf(night).ownSince) !== null;
  }

  hasUnheard(night: PlainDate): boolean {
    return this.#unheard.some((rumour) => rumour.night === night);
  }

  async hear(): Promise<void> {
    for (const { night, bookedAt } of this.#unheard) {
      const facts = this.#factsOf(night);
      this.#sequence++;
      if (bookedAt === null) facts.released = this.#sequence;
      facts.ownSince = bookedAt;
    }
    const nights = new Set(this.#unheard.map(({ night }) => night));
    this.#unheard = [];
    for (const night of nights) await this.#publish(night);
  }

  async #publish(night: PlainDate): Promise<void> {
    const { covered, blocked, price, stay, ownSince, released } = this.#factsOf(night);
    const closed = blocked || ownSince !== null || price === null;
    const availability = closed ? (covered || ownSince !== null ? 0 : null) : covered ? 1 : null;
    const values: Values = {
      availability,
      price: covered ? price : null,
      min_stay_arrival: covered ? stay : null,
    };
    const implied = ownSince !== null && !blocked;
    const marks: Marks = { released, impliedAt: implied ? Math.round(ownSince) : null };
    await this.#harness.want(night, values, marks);
  }

  #factsOf(night: PlainDate): NightFacts {
    const known = this.#nights.get(night);
    if (known) return known;
    const facts = {
      covered: false,
      blocked: false,
      price: 100,
      stay: 0,
      ownSince: null,
      released: 0,
    };
    this.#nights.set(night, facts);
    return facts;
  }
}
