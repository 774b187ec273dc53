declare module 'snappyjs' {
  export function compress(input: Uint8Array): Uint8Array;
  export function uncompress(input: Uint8Array, maxLength?: number): Uint8Array;
}

declare module 'lz4js' {
  export function compress(input: Uint8Array): Uint8Array;
  /** Decodes one block of `src` into `dst`; returns the index behind what it wrote. */
  export function decompressBlock(
    src: Uint8Array,
    dst: Uint8Array,
    from: number,
    length: number,
    to: number,
  ): number;
}
