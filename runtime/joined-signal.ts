/** A signal that ends with the first of its sources, until it is released. */
export interface JoinedSignal {
  readonly signal: AbortSignal;
  /** Lets go of the sources: the signal will not end any more. */
  release(): void;
}

/**
 * What `AbortSignal.any` does, without its global set: Node keeps every such signal that somebody listens to reachable until it ends, and all
 * that its listeners see with it.
 */
export function joinSignals(...sources: readonly AbortSignal[]): JoinedSignal {
  const controller = new AbortController();
  const released: (() => void)[] = [];
  const release = () => {
    for (const letGo of released.splice(0)) letGo();
  };
  for (const source of sources) {
    if (source.aborted) controller.abort(source.reason);
    const end = () => {
      release();
      controller.abort(source.reason);
    };
    source.addEventListener('abort', end, { once: true });
    released.push(() => source.removeEventListener('abort', end));
  }
  if (controller.signal.aborted) release();
  return { signal: controller.signal, release };
}
