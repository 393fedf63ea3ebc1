/**
 * When two identities of keys are the same, and the hash by which they are found in tables: another one in each process.
 *
 * Design: docs/decisions/0012-keys-by-hash-and-id.md
 */
// Hot path.
import { randomBytes } from 'node:crypto';

/** Bits that nobody can know: keys that all have one hash are not found by thought alone. */
const SEED = randomBytes(4).readInt32LE();
/** Odd, so that no bit is lost. */
const FACTOR = (randomBytes(4).readInt32LE() & ~7) | 5 | 0;
const K0 = secretOfLetter();
const K1 = secretOfLetter();
const K2 = secretOfLetter();
const K3 = secretOfLetter();
const K4 = secretOfLetter();
const K5 = secretOfLetter();
const K6 = secretOfLetter();
const K7 = secretOfLetter();
const ODD = K7 | 1;

/** With any letter added it is neither 0 nor more than 32 bits. */
function secretOfLetter(): number {
  return (randomBytes(4).readInt32LE() >>> 2) | 0x10000;
}

const HASH_OF_NAN = 1;

/** Equal as keys of a `Map` are: NaN is itself. */
export function isSameIdentity(a: unknown, b: unknown): boolean {
  // biome-ignore lint/suspicious/noSelfCompare: the cheapest test for NaN.
  return a === b || (a !== a && b !== b);
}

/**
 * 32 bits, all of which depend on the whole identity. Another one in each process. Whole numbers of 32 bits
 * that are not the same have hashes that are not the same.
 */
export function hashOfIdentity(identity: unknown): number {
  if (typeof identity === 'string') {
    return hashOfText(identity);
  }
  if (typeof identity === 'number') {
    return (identity | 0) === identity ? mixed(identity) : hashOfNumber(identity);
  }
  // A bigint, a boolean.
  return hashOfText(String(identity));
}

/**
 * Letters are multiplied by each other, each with a secret added, and what came before is folded: in
 * a sum of letters times powers of one secret, some words collide for every secret.
 *
 * Source of the products: NH of UMAC (RFC 4418).
 */
function hashOfText(text: string): number {
  const { length } = text;
  let hash = length;
  let i = 0;
  // Eight at once: the products need not wait for one another.
  for (; i + 8 <= length; i += 8) {
    hash =
      (folded(hash) +
        Math.imul(text.charCodeAt(i) + K0, text.charCodeAt(i + 1) + K1) +
        Math.imul(text.charCodeAt(i + 2) + K2, text.charCodeAt(i + 3) + K3) +
        Math.imul(text.charCodeAt(i + 4) + K4, text.charCodeAt(i + 5) + K5) +
        Math.imul(text.charCodeAt(i + 6) + K6, text.charCodeAt(i + 7) + K7)) |
      0;
  }
  for (; i + 2 <= length; i += 2) {
    hash = (folded(hash) + Math.imul(text.charCodeAt(i) + K0, text.charCodeAt(i + 1) + K1)) | 0;
  }
  if (i < length) {
    hash = (folded(hash) + Math.imul(text.charCodeAt(i) + K0, ODD)) | 0;
  }
  return mixed(hash);
}

function folded(hash: number): number {
  return Math.imul(hash ^ (hash >>> 15), FACTOR);
}

const float = new Float64Array(1);
const halves = new Int32Array(float.buffer);

function hashOfNumber(value: number): number {
  float[0] = value;
  return Number.isNaN(value) ? HASH_OF_NAN : mixed(folded(halves[1]! ^ SEED) ^ halves[0]!);
}

/**
 * Low bits must depend on high ones. Each step can be undone, as its factor is odd: no two of 2^32 numbers become
 * one. Source: the last step of MurmurHash3, here with secrets.
 */
function mixed(bits: number): number {
  let hash = bits ^ SEED;
  hash = Math.imul(hash ^ (hash >>> 16), FACTOR);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
