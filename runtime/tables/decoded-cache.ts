import type { TableEntry } from './table-store.ts';

/** Bounds how many decoded values stay in memory beside their buffers: the least recently touched is forgotten first. */
export class DecodedCache {
  readonly #capacity: number;
  readonly #entries = new Set<TableEntry>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get(entry: TableEntry, decode: (value: Uint8Array) => object): object {
    const value = entry.decoded ?? decode(entry.value);
    entry.decoded = value;
    this.#entries.delete(entry);
    this.#entries.add(entry);
    if (this.#entries.size > this.#capacity) this.#forgetOldest();
    return value;
  }

  #forgetOldest(): void {
    for (const oldest of this.#entries) {
      oldest.decoded = undefined;
      this.#entries.delete(oldest);
      return;
    }
  }
}
