/** Tells what happens in timed lines. Lines go to stderr when the caller wants stdout for JSON. */
export class Narrator {
  readonly #write: (line: string) => void;
  readonly #now: () => number;
  readonly #startedAt: number;

  /** @param now ms */
  constructor(write: (line: string) => void, now: () => number) {
    this.#write = write;
    this.#now = now;
    this.#startedAt = now();
  }

  chapter(title: string): void {
    this.#write(`\n${title}`);
  }

  say(text: string): void {
    const seconds = ((this.#now() - this.#startedAt) / 1_000).toFixed(2);
    this.#write(`  ${seconds.padStart(7)} s  ${text}`);
  }
}
