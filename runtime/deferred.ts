export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(reason: unknown): void;
}

/** A promise that somebody else settles. (`Promise.withResolvers` came with Node 22.) */
export function deferred<T>(): Deferred<T> {
  let settle: Pick<Deferred<T>, 'resolve' | 'reject'> | undefined;
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  // The executor has run: the constructor calls it before it returns.
  return { promise, ...(settle as Pick<Deferred<T>, 'resolve' | 'reject'>) };
}
