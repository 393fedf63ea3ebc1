/**
 * Rows as the addon packs them: (key length, value length, key, value) each, lengths in 32 bits,
 * little-endian. What an iterator gives is what a writer of SST files takes.
 */
// Hot path.

/** Before each key. */
export const ROW_HEAD_BYTES = 8;

export function uint32At(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
  );
}

export function setUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
}

export function packedRowBytes(rows: Uint8Array, at: number): number {
  return ROW_HEAD_BYTES + uint32At(rows, at) + uint32At(rows, at + 4);
}

/** A part of `rows`: valid as long as these are. */
export function packedKey(rows: Uint8Array, at: number): Uint8Array {
  const start = at + ROW_HEAD_BYTES;
  return rows.subarray(start, start + uint32At(rows, at));
}

/** Where the last of the rows begins; there must be one. */
export function lastPackedRow(rows: Uint8Array, end: number): number {
  let last = 0;
  for (let at = 0; at < end; at += packedRowBytes(rows, at)) {
    last = at;
  }
  return last;
}
