/** The connector could not do its part for one connection. `cause`: what it threw. */
export class CodecFailure extends Error {
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = 'CodecFailure';
  }
}

/**
 * What a codec makes of a connection. Settings that make no sense, or a defect of the codec, are the fault of this connection: the others of its
 * partition go on.
 * @throws CodecFailure
 */
export function ofCodec<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new CodecFailure(error);
  }
}
