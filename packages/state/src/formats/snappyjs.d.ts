/** What is used of snappyjs 0.7, which has no types of its own. */
declare module 'snappyjs' {
  /** A raw block, without frames: a varint of the length, then literals and copies. */
  export function compress(uncompressed: Uint8Array): Uint8Array;
  export function uncompress(compressed: Uint8Array, maxLength?: number): Uint8Array;
}
