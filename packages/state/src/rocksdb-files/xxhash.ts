/**
 * The xxHash checksums that RocksDB can be told to use in place of CRC-32C, with seed 0.
 *
 * Source: xxHash specification 0.1.1.
 */
// Hot path: the 32-bit form. The 64-bit one is by bigint: right, and slow.

const P1 = 0x9e3779b1;
const P2 = 0x85ebca77;
const P3 = 0xc2b2ae3d;
const P4 = 0x27d4eb2f;
const P5 = 0x165667b1;

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

function round(sum: number, lane: number): number {
  return Math.imul(rotate((sum + Math.imul(lane, P2)) | 0, 13), P1);
}

function lane(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

/** In `[0, 2^32)`. */
export function xxh32(bytes: Uint8Array): number {
  const { length } = bytes;
  let at = 0;
  let hash = P5;
  if (length >= 16) {
    let [a, b, c, d] = [(P1 + P2) | 0, P2, 0, -P1 | 0];
    for (; at + 16 <= length; at += 16) {
      a = round(a, lane(bytes, at));
      b = round(b, lane(bytes, at + 4));
      c = round(c, lane(bytes, at + 8));
      d = round(d, lane(bytes, at + 12));
    }
    hash = rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18);
  }
  hash = (hash + length) | 0;
  for (; at + 4 <= length; at += 4) {
    hash = Math.imul(rotate((hash + Math.imul(lane(bytes, at), P3)) | 0, 17), P4);
  }
  for (; at < length; at++) {
    hash = Math.imul(rotate((hash + Math.imul(bytes[at]!, P5)) | 0, 11), P1);
  }
  hash = Math.imul(hash ^ (hash >>> 15), P2);
  hash = Math.imul(hash ^ (hash >>> 13), P3);
  return (hash ^ (hash >>> 16)) >>> 0;
}

const Q1 = 0x9e3779b185ebca87n;
const Q2 = 0xc2b2ae3d27d4eb4fn;
const Q3 = 0x165667b19e3779f9n;
const Q4 = 0x85ebca77c2b2ae63n;
const Q5 = 0x27d4eb2f165667c5n;

const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);

function rotate64(value: bigint, bits: bigint): bigint {
  return u64((value << bits) | (value >> (64n - bits)));
}

function round64(sum: bigint, value: bigint): bigint {
  return u64(rotate64(u64(sum + value * Q2), 31n) * Q1);
}

/** The low half of the 64-bit hash, in `[0, 2^32)`. */
export function xxh64Low(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const { length } = bytes;
  let at = 0;
  let hash = Q5;
  if (length >= 32) {
    const sums = [u64(Q1 + Q2), Q2, 0n, u64(-Q1)];
    for (; at + 32 <= length; at += 32) {
      for (let i = 0; i < 4; i++) {
        sums[i] = round64(sums[i]!, view.getBigUint64(at + 8 * i, true));
      }
    }
    const [a, b, c, d] = sums as [bigint, bigint, bigint, bigint];
    hash = u64(rotate64(a, 1n) + rotate64(b, 7n) + rotate64(c, 12n) + rotate64(d, 18n));
    for (const sum of sums) {
      hash = u64((hash ^ round64(0n, sum)) * Q1 + Q4);
    }
  }
  hash = u64(hash + BigInt(length));
  for (; at + 8 <= length; at += 8) {
    const mixed = hash ^ round64(0n, view.getBigUint64(at, true));
    hash = u64(rotate64(mixed, 27n) * Q1 + Q4);
  }
  if (at + 4 <= length) {
    hash = u64(rotate64(u64(hash ^ (BigInt(view.getUint32(at, true)) * Q1)), 23n) * Q2 + Q3);
    at += 4;
  }
  for (; at < length; at++) {
    hash = u64(rotate64(u64(hash ^ (BigInt(bytes[at]!) * Q5)), 11n) * Q1);
  }
  hash = u64((hash ^ (hash >> 33n)) * Q2);
  hash = u64((hash ^ (hash >> 29n)) * Q3);
  return Number((hash ^ (hash >> 32n)) & 0xffffffffn);
}
