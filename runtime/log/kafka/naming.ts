/** Names on the cluster: a deployment may put a prefix before those of the topology, for topics and groups alike. */
export class Naming {
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** Topic or group as the cluster knows it. */
  full(name: string): string {
    return this.#prefix + name;
  }

  /** The name of the topology. */
  bare(name: string): string {
    return name.slice(this.#prefix.length);
  }

  owns(name: string): boolean {
    return name.startsWith(this.#prefix);
  }
}
