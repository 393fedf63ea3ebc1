/**
 * The checksum of snappy frames and of RocksDB's files: CRC-32C (Castagnoli), eight bytes a step.
 *
 * Own code, as it is part of these formats: Node's `zlib.crc32` has another polynomial, and the
 * packages that have this one bring native code or much else for what is two loops.
 *
 * Source: RFC 3720, B.4; the mask is that of the snappy framing format and of LevelDB's logs.
 */
// Hot path.

const POLYNOMIAL = 0x82f63b78; // reflected
const MASK_DELTA = 0xa282ead8;

/** `TABLES[n * 256 + b]` is the checksum of the byte `b` with `n` zero bytes behind it. */
const TABLES: Int32Array = (() => {
  const tables = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) {
      crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
    }
    tables[byte] = crc;
  }
  for (let at = 256; at < tables.length; at++) {
    const before = tables[at - 256]!;
    tables[at] = (before >>> 8) ^ tables[before & 0xff]!;
  }
  return tables;
})();

/** In `[0, 2^32)`. @param before - the checksum of the bytes that precede these, to go on from it */
export function crc32c(bytes: Uint8Array, before = 0): number {
  const tables = TABLES;
  const { length } = bytes;
  let crc = ~before;
  let at = 0;
  for (const end = length - 7; at < end; at += 8) {
    crc ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    crc =
      tables[1792 + (crc & 0xff)]! ^
      tables[1536 + ((crc >>> 8) & 0xff)]! ^
      tables[1280 + ((crc >>> 16) & 0xff)]! ^
      tables[1024 + (crc >>> 24)]! ^
      tables[768 + bytes[at + 4]!]! ^
      tables[512 + bytes[at + 5]!]! ^
      tables[256 + bytes[at + 6]!]! ^
      tables[bytes[at + 7]!]!;
  }
  for (; at < length; at++) {
    crc = (crc >>> 8) ^ tables[(crc ^ bytes[at]!) & 0xff]!;
  }
  return ~crc >>> 0;
}

/** As it is stored: a checksum of bytes that hold checksums would else be a weak one. */
export function maskCrc32c(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + MASK_DELTA) >>> 0;
}
