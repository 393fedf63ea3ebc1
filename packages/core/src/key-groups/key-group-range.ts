/**
 * Key groups `startKeyGroup` to `endKeyGroup`, both included: the unit in which keyed state is
 * handed out when the parallelism changes.
 *
 * Flink: KeyGroupRange, KeyGroupRangeAssignment.
 */
import { ConfigError } from '../errors/errors.ts';

export const UPPER_BOUND_MAX_PARALLELISM = 32768; // 1 << 15, two bytes of key-group prefix
const DEFAULT_LOWER_BOUND_MAX_PARALLELISM = 128; // 1 << 7, one byte of key-group prefix

export class KeyGroupRange {
  readonly startKeyGroup: number;
  readonly endKeyGroup: number;

  constructor(startKeyGroup: number, endKeyGroup: number) {
    this.startKeyGroup = startKeyGroup;
    this.endKeyGroup = endKeyGroup;
  }

  get numberOfKeyGroups(): number {
    return this.endKeyGroup - this.startKeyGroup + 1;
  }

  contains(keyGroup: number): boolean {
    return keyGroup >= this.startKeyGroup && keyGroup <= this.endKeyGroup;
  }

  /** `undefined` when the ranges share nothing. */
  intersect(other: KeyGroupRange): KeyGroupRange | undefined {
    const start = Math.max(this.startKeyGroup, other.startKeyGroup);
    const end = Math.min(this.endKeyGroup, other.endKeyGroup);
    return start <= end ? new KeyGroupRange(start, end) : undefined;
  }

  toString(): string {
    return `[${this.startKeyGroup}, ${this.endKeyGroup}]`;
  }
}

/**
 * Key group of a key, in `[0, maxParallelism)`.
 *
 * @param keyHash - Java's 32-bit `hashCode` of the key
 * @param maxParallelism - 1 to 32768, fixed for the life of the job's state
 *
 * Flink: KeyGroupRangeAssignment.computeKeyGroupForKeyHash. Same result, or keys land on the wrong subtask.
 */
// Hot path.
export function keyGroupForKeyHash(keyHash: number, maxParallelism: number): number {
  let h = Math.imul(keyHash, 0xcc9e2d51);
  h = (h << 15) | (h >>> 17);
  h = Math.imul(h, 0x1b873593);
  h = (h << 13) | (h >>> 19);
  h = (Math.imul(h, 5) + 0xe6546b64) | 0;
  h ^= 4;
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  h ^= h >>> 16;
  // Flink takes the absolute value, and 0 for the one integer that has none.
  const positive = h >= 0 ? h : h === -0x80000000 ? 0 : -h;
  return positive % maxParallelism;
}

/** The key groups of one subtask. */
export function keyGroupRangeForOperatorIndex(
  subtask: number,
  counts: { parallelism: number; maxParallelism: number },
): KeyGroupRange {
  const { parallelism, maxParallelism } = counts;
  const start = Math.floor((subtask * maxParallelism + parallelism - 1) / parallelism);
  const end = Math.floor(((subtask + 1) * maxParallelism - 1) / parallelism);
  return new KeyGroupRange(start, end);
}

/** The subtask that owns a key group. */
export function operatorIndexForKeyGroup(
  keyGroup: number,
  counts: { parallelism: number; maxParallelism: number },
): number {
  return Math.floor((keyGroup * counts.parallelism) / counts.maxParallelism);
}

/** The max parallelism of an operator that names none: 128 to 32768. */
export function defaultMaxParallelism(parallelism: number): number {
  const wanted = parallelism + Math.floor(parallelism / 2);
  const powerOfTwo = 2 ** Math.ceil(Math.log2(Math.max(1, wanted)));
  return Math.min(
    Math.max(powerOfTwo, DEFAULT_LOWER_BOUND_MAX_PARALLELISM),
    UPPER_BOUND_MAX_PARALLELISM,
  );
}

/** @throws ConfigError `MAX_PARALLELISM_OUT_OF_RANGE` */
export function checkMaxParallelism(maxParallelism: number): void {
  const whole = Number.isInteger(maxParallelism);
  if (!whole || maxParallelism < 1 || maxParallelism > UPPER_BOUND_MAX_PARALLELISM) {
    throw new ConfigError(
      'MAX_PARALLELISM_OUT_OF_RANGE',
      `max parallelism is ${maxParallelism}; use 1 to ${UPPER_BOUND_MAX_PARALLELISM}`,
    );
  }
}
