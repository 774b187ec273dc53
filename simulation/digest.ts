import { createHash } from 'node:crypto';

/** A fingerprint of everything that left a process: the same seed must give the same one. */
export class Digest {
  readonly #hash = createHash('sha256');
  readonly #trail: string[] | null;

  /** @param keepTrail keeps every entry as text, to find where two runs part */
  constructor(keepTrail = false) {
    this.#trail = keepTrail ? [] : null;
  }

  add(...parts: readonly (string | number | Uint8Array | null)[]): void {
    for (const part of parts) {
      if (part instanceof Uint8Array) this.#hash.update(part);
      else this.#hash.update(`${part ?? ''}\n`);
    }
    this.#trail?.push(
      parts
        .map((part) => (part instanceof Uint8Array ? Buffer.from(part).toString('hex') : part))
        .join(' '),
    );
  }

  get trail(): readonly string[] {
    return this.#trail ?? [];
  }

  /** 16 hex digits of what was added so far. */
  text(): string {
    return this.#hash.copy().digest('hex').slice(0, 16);
  }
}
