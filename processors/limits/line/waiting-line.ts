/** Tokens come before everything, since nothing leaves without them; then closings; then the rest. */
export type Urgency = 'token' | 'closing' | 'other';

/** After so many closings in a row somebody else has a turn. */
const CLOSINGS_IN_A_ROW = 4;

export interface InLine {
  urgency: Urgency;
  /** Has gone away. */
  left: boolean;
}

/** Who waits for a budget, first come first served within each urgency. All operations take constant time. */
export class WaitingLine<Entry extends InLine> {
  readonly #lines: Readonly<Record<Urgency, Queue<Entry>>> = {
    token: new Queue(),
    closing: new Queue(),
    other: new Queue(),
  };
  #closings = 0;

  get size(): number {
    const { token, closing, other } = this.#lines;
    return token.size + closing.size + other.size;
  }

  /** Somebody waits whom a newcomer of this urgency may not overtake. */
  blocks(urgency: Urgency): boolean {
    const { token, closing } = this.#lines;
    if (urgency === 'other') return this.size > 0;
    return token.size > 0 || (urgency === 'closing' && closing.size > 0);
  }

  add(entry: Entry): void {
    this.#lines[entry.urgency].add(entry);
  }

  /** The entry has gone away, or has become more urgent and is added again. */
  remove(urgency: Urgency): void {
    this.#lines[urgency].size--;
  }

  first(): Entry | undefined {
    return this.#next()?.first();
  }

  /** Takes out the one that `first` showed. */
  shift(): void {
    const line = this.#next();
    this.#closings = line === this.#lines.closing ? this.#closings + 1 : 0;
    line?.shift();
  }

  #next(): Queue<Entry> | undefined {
    const { token, closing, other } = this.#lines;
    if (token.size > 0) return token;
    if (closing.size > 0 && (other.size === 0 || this.#closings < CLOSINGS_IN_A_ROW))
      return closing;
    return other.size > 0 ? other : undefined;
  }
}

class Queue<Entry extends InLine> {
  size = 0;
  #entries: (Entry | undefined)[] = [];
  #head = 0;

  add(entry: Entry): void {
    this.#entries.push(entry);
    this.size++;
  }

  first(): Entry | undefined {
    for (;;) {
      const entry = this.#entries[this.#head];
      if (entry === undefined && this.#head >= this.#entries.length) return undefined;
      if (entry !== undefined && !entry.left) return entry;
      this.#advance();
    }
  }

  shift(): void {
    if (this.first() === undefined) return;
    this.#advance();
    this.size--;
  }

  #advance(): void {
    this.#entries[this.#head] = undefined;
    this.#head++;
    if (this.#head > 1_024 && this.#head * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
  }
}
