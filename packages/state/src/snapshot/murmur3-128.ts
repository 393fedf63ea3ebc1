/**
 * MurmurHash3, x64, 128 bits, seed 0, bytes in the order of Guava's `asBytes()`.
 *
 * Flink: Guava's Hashing.murmur3_128 as StreamGraphHasherV2 uses it. Same bytes, or no operator of
 * a Flink snapshot finds its state.
 */

const MASK = (1n << 64n) - 1n;
const C1 = 0x87c37b91114253d5n;
const C2 = 0x4cf5ad432745937fn;
const BLOCK_BYTES = 16;

/** 16 bytes: two 64-bit halves, each little-endian. */
export function murmur3Hash128(data: Uint8Array): Uint8Array {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const blocks = Math.floor(data.length / BLOCK_BYTES);
  let h1 = 0n;
  let h2 = 0n;
  for (let block = 0; block < blocks; block++) {
    h1 ^= mixK1(view.getBigUint64(block * BLOCK_BYTES, true));
    h1 = (rotateLeft(h1, 27n) + h2) & MASK;
    h1 = (h1 * 5n + 0x52dce729n) & MASK;
    h2 ^= mixK2(view.getBigUint64(block * BLOCK_BYTES + 8, true));
    h2 = (rotateLeft(h2, 31n) + h1) & MASK;
    h2 = (h2 * 5n + 0x38495ab5n) & MASK;
  }
  h1 ^= mixK1(littleEndian(data, blocks * BLOCK_BYTES));
  h2 ^= mixK2(littleEndian(data, blocks * BLOCK_BYTES + 8));

  h1 ^= BigInt(data.length);
  h2 ^= BigInt(data.length);
  h1 = (h1 + h2) & MASK;
  h2 = (h2 + h1) & MASK;
  h1 = finalMix(h1);
  h2 = finalMix(h2);
  h1 = (h1 + h2) & MASK;
  h2 = (h2 + h1) & MASK;

  const hash = new Uint8Array(16);
  const out = new DataView(hash.buffer);
  out.setBigUint64(0, h1, true);
  out.setBigUint64(8, h2, true);
  return hash;
}

/** Up to 8 bytes from `start`; missing ones are zero, which mixes to zero. */
function littleEndian(data: Uint8Array, start: number): bigint {
  let value = 0n;
  for (let i = Math.min(start + 8, data.length) - 1; i >= start; i--) {
    value = (value << 8n) | BigInt(data[i]!);
  }
  return value;
}

function mixK1(k: bigint): bigint {
  return (rotateLeft((k * C1) & MASK, 31n) * C2) & MASK;
}

function mixK2(k: bigint): bigint {
  return (rotateLeft((k * C2) & MASK, 33n) * C1) & MASK;
}

function rotateLeft(value: bigint, bits: bigint): bigint {
  return ((value << bits) | (value >> (64n - bits))) & MASK;
}

function finalMix(value: bigint): bigint {
  let k = value;
  k ^= k >> 33n;
  k = (k * 0xff51afd7ed558ccdn) & MASK;
  k ^= k >> 33n;
  k = (k * 0xc4ceb9fe1a85ec53n) & MASK;
  return k ^ (k >> 33n);
}
