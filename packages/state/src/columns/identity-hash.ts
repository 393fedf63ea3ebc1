/**
 * When two identities of keys are the same, and the hash by which they are found in tables: another one in each process.
 *
 * Design: docs/decisions/0012-keys-by-hash-and-id.md
 */
// Hot path.
import { randomBytes } from 'node:crypto';
import { hashString } from '@millrace/core';

/**
 * Bits that nobody can know: numbers that all have one hash are not found by thought alone. Texts are, where they share
 * Java's: tables bound what that costs.
 */
const SEED = randomBytes(4).readInt32LE();
/** Odd, so that no bit is lost. */
const FACTOR = (randomBytes(4).readInt32LE() & ~7) | 5 | 0;
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
    return mixed(hashString(identity));
  }
  if (typeof identity === 'number') {
    return (identity | 0) === identity ? mixed(identity) : hashOfNumber(identity);
  }
  // A bigint, a boolean.
  return mixed(hashString(String(identity)));
}

/** Of a text whose Java hash code that is. */
export function hashOfHashCode(hashCode: number): number {
  return mixed(hashCode);
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
