/**
 * The records of the big-state job by their index, and what each key holds at each of them: so that any
 * record that is lost, or counted twice, is seen by reading a key that it belongs to.
 *
 * In order: each key is filled; some are touched, in an order that jumps about; keys are read; more are
 * touched; keys are read again.
 */
export type Action = 'fill' | 'touch' | 'read';

export interface BigStateRecord {
  readonly action: Action;
  readonly key: number;
  /** What a read finds. */
  readonly expected: number;
}

export interface BigStateSizes {
  /** At most 90 million: products of two must be exact. */
  readonly entries: number;
  /** Of each of the two times; both together at most `entries`. */
  readonly touches: number;
  /** Of each of the two times. */
  readonly reads: number;
}

export class BigStateRecords {
  readonly count: number;
  private readonly sizes: BigStateSizes;
  /** The key number that touch `i` goes to is `i * stride` modulo the entries. */
  private readonly stride: number;
  private readonly inverse: number;

  constructor(sizes: BigStateSizes) {
    const { entries, touches, reads } = sizes;
    if (!(entries > 1 && entries <= 90_000_000 && 2 * touches <= entries)) {
      throw new Error(
        `${entries} entries with twice ${touches} touches; use 2 to 90 million entries`,
      );
    }
    this.sizes = sizes;
    this.count = entries + 2 * (touches + reads);
    this.stride = Math.floor(entries * 0.618_034);
    while (inverseOf(this.stride, entries) === undefined) {
      this.stride++;
    }
    this.inverse = inverseOf(this.stride, entries) as number;
  }

  /** Where the first and the second reading begin. */
  get readingsBegin(): readonly [number, number] {
    const { entries, touches, reads } = this.sizes;
    return [entries + touches, entries + touches + reads + touches];
  }

  recordOf(index: number): BigStateRecord {
    const { entries, touches, reads } = this.sizes;
    if (index < entries) {
      return { action: 'fill', key: keyOf(index), expected: 0 };
    }
    const later = index - entries;
    const round = later < touches + reads ? 0 : 1;
    const inRound = later - round * (touches + reads);
    if (inRound < touches) {
      const number = this.numberOfTouch(inRound + round * touches);
      return { action: 'touch', key: keyOf(number), expected: 0 };
    }
    const touched = (round + 1) * touches;
    const number = this.numberToRead(inRound - touches, touched);
    const wasTouched = (number * this.inverse) % entries < touched;
    return {
      action: 'read',
      key: keyOf(number),
      expected: filledValue(keyOf(number)) + (wasTouched ? 1 : 0),
    };
  }

  /** Every other one is a key that was touched. */
  private numberToRead(read: number, touched: number): number {
    const { entries } = this.sizes;
    const scattered = Math.imul(read + 1, 0x85ebca6b) >>> 0;
    return touched > 0 && read % 2 === 0
      ? this.numberOfTouch(scattered % touched)
      : scattered % entries;
  }

  private numberOfTouch(touch: number): number {
    return (touch * this.stride) % this.sizes.entries;
  }
}

/** What a key is filled with. */
export function filledValue(key: number): number {
  return key + 1_000_000_000;
}

/** Neighbours in the order of filling are none in the database. One to one in 32 bits. */
function keyOf(number: number): number {
  return Math.imul(number, 0x9e3779b1) >>> 0;
}

/** Modulo `modulus`; `undefined` where there is none. */
function inverseOf(value: number, modulus: number): number | undefined {
  let [a, b] = [value % modulus, modulus];
  let [x, y] = [1, 0];
  while (b !== 0) {
    const quotient = Math.floor(a / b);
    [a, b] = [b, a - quotient * b];
    [x, y] = [y, x - quotient * y];
  }
  return a === 1 ? ((x % modulus) + modulus) % modulus : undefined;
}
