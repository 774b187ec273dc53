/** Changes that are kept aside before they are merged into the sorted keys. */
const MERGE_AT = 512;

/** The keys of a table in ascending order (by UTF-16 code unit), sorted only when somebody asks. */
export class KeyIndex {
  #sorted: string[] = [];
  #added: string[] = [];
  /** The added keys are in order, too: they are sorted when somebody asks. */
  #addedInOrder = true;
  readonly #removed = new Set<string>();

  /** Adds a key that is not in the index. */
  add(key: string): void {
    if (this.#removed.delete(key)) return;
    this.#addedInOrder &&= key > (this.#added.at(-1) ?? '');
    this.#added.push(key);
  }

  /** Removes a key that is in the index. */
  remove(key: string): void {
    this.#removed.add(key);
  }

  /** A copy of the keys that begin with `prefix`, in order: the index may change while it is walked. */
  withPrefix(prefix: string): string[] {
    if (prefix === '' || this.#added.length + this.#removed.size > MERGE_AT) this.#merge();
    else this.#orderAdded();
    const matching = rangeOf(this.#sorted, prefix);
    const added = rangeOf(this.#added, prefix);
    if (added.length > 0) matching.push(...added);
    const present =
      this.#removed.size === 0 ? matching : matching.filter((key) => !this.#removed.has(key));
    return added.length > 0 ? present.sort(ascending) : present;
  }

  #orderAdded(): void {
    if (this.#addedInOrder) return;
    this.#added.sort(ascending);
    this.#addedInOrder = true;
  }

  #merge(): void {
    if (this.#added.length === 0 && this.#removed.size === 0) return;
    this.#orderAdded();
    const added = this.#added;
    const merged: string[] = [];
    let next = 0;
    for (const key of this.#sorted) {
      for (let fresh = added[next]; fresh !== undefined && fresh < key; fresh = added[next]) {
        merged.push(fresh);
        next += 1;
      }
      merged.push(key);
    }
    for (; next < added.length; next += 1) merged.push(added[next] ?? '');
    this.#sorted =
      this.#removed.size === 0 ? merged : merged.filter((key) => !this.#removed.has(key));
    this.#added = [];
    this.#removed.clear();
  }
}

/** The keys that begin with `prefix` among keys in order. */
function rangeOf(keys: readonly string[], prefix: string): string[] {
  const matching: string[] = [];
  for (let index = lowerBound(keys, prefix); index < keys.length; index += 1) {
    const key = keys[index];
    if (key === undefined || !key.startsWith(prefix)) break;
    matching.push(key);
  }
  return matching;
}

/** Position of the first key that is not before `prefix`. */
function lowerBound(keys: readonly string[], prefix: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] ?? '') < prefix) low = middle + 1;
    else high = middle;
  }
  return low;
}

function ascending(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
