/** Tells what happens in numbered chapters and timed lines. */
export class Narrator {
  readonly #write: (line: string) => void;
  readonly #now: () => number;
  /** The first line is told at zero. */
  #startedAt: number | null = null;
  #chapters = 0;

  /** @param now ms */
  constructor(write: (line: string) => void, now: () => number) {
    this.#write = write;
    this.#now = now;
  }

  chapter(title: string): void {
    this.#start();
    this.#chapters += 1;
    this.#write(`\n${this.#chapters}. ${title}`);
  }

  say(text: string): void {
    const seconds = ((this.#now() - this.#start()) / 1_000).toFixed(2);
    this.#write(`  ${seconds.padStart(7)} s  ${text}`);
  }

  #start(): number {
    this.#startedAt ??= this.#now();
    return this.#startedAt;
  }
}
