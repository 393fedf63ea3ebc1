/**
 * The input of the interop program: event `i` is the same here and in the Java project, so both
 * come to the same state.
 *
 * Java: tests/interop/src/main/java/lab/Types0.java
 */

export const BASE = 1_700_000_000_000;
/** The year 2100: processing-time timers that stay. */
export const FAR = 4_102_444_800_000;
/** Follows the last of the events that the fixtures hold. */
export const FINAL_WATERMARK: number = BASE + 14_999;
/** Events that the fixtures hold. */
export const NUMBER_OF_EVENTS = 2_000;

export interface InteropEvent {
  readonly id: number;
  readonly stringKey: string;
  readonly longKey: bigint;
  readonly tupleKey: [string, number];
  readonly pojoKey: KeyPojo;
  readonly timestamp: number;
  readonly value: number;
}

export interface KeyPojo {
  readonly id: number;
  readonly name: string;
}

export interface Inner {
  readonly x: number;
  readonly y: string;
}

export interface Pojo {
  readonly id: number;
  readonly name: string | null;
  readonly score: number;
  readonly ok: boolean;
  readonly opt: number | null;
  readonly inner: Inner | null;
  readonly arr: number[];
}

export function event(i: number): InteropEvent {
  return {
    id: i,
    stringKey: stringKey(i % 50),
    longKey: longKey(i),
    tupleKey: [`t${i % 7}`, i % 5],
    pojoKey: { id: i % 11, name: `n${i % 3}` },
    timestamp: BASE + i * 10,
    value: (i * 31) % 1000,
  };
}

/** One key is empty, one has characters outside the basic plane. */
function stringKey(k: number): string {
  if (k === 49) {
    return 'ключ-ü-\u{1F600}-49';
  }
  return k === 48 ? '' : `user-${k}`;
}

/** Some keys lie beyond 2^53. */
function longKey(i: number): bigint {
  if (i % 97 === 0) {
    return 2n ** 63n - 1n - BigInt(i % 3);
  }
  return i % 101 === 0 ? -(2n ** 63n) + BigInt(i % 2) : BigInt(((i * 7919) % 40) - 20);
}

export function pojo(i: number): Pojo {
  return {
    id: i % 1000,
    name: i % 9 === 0 ? null : `pojo-${i}`,
    score: i / 4,
    ok: i % 2 === 0,
    opt: i % 5 === 0 ? null : i * 1_000_000_007,
    inner: i % 7 === 0 ? null : { x: -i, y: `in${i % 13}` },
    arr: Array.from({ length: i % 4 }, (_, k) => i + k),
  };
}
