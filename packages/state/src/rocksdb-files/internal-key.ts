/**
 * Keys as RocksDB stores them: the user's, then 8 bytes of sequence number and kind.
 *
 * RocksDB: dbformat.h.
 */
// Hot path.

export const INTERNAL_SUFFIX_BYTES = 8;

/** RocksDB: ValueType. */
export const ENTRY_KIND = {
  DELETION: 0x0,
  VALUE: 0x1,
  MERGE: 0x2,
  SINGLE_DELETION: 0x7,
  RANGE_DELETION: 0xf,
} as const;

/** Kinds that are known and not read. */
export const ENTRY_KINDS_NOT_READ: Readonly<Record<number, string>> = {
  17: 'values in blob files (BlobDB)',
  20: 'deletions with timestamps',
  22: 'wide columns',
};

/** Above all sequence numbers: no entry has it. It marks the exclusive end of a file. */
export const SEQUENCE_MAX: number = 2 ** 56 - 1;

export function kindOf(key: Uint8Array, keyLength: number): number {
  return key[keyLength - INTERNAL_SUFFIX_BYTES]!;
}

/** Exact below 2^53, which no database comes to. */
export function sequenceOf(key: Uint8Array, keyLength: number): number {
  const at = keyLength - 7;
  const low = key[at]! | (key[at + 1]! << 8) | (key[at + 2]! << 16) | ((key[at + 3]! << 24) >>> 0);
  const high = key[at + 4]! | (key[at + 5]! << 8) | (key[at + 6]! << 16);
  return high * 2 ** 32 + (low >>> 0);
}
