/**
 * A small pseudo-random generator: the same seed gives the same numbers on every machine.
 *
 * Source: mulberry32 by Tommy Ettinger, public domain.
 */
export class SeededRandom {
  private state: number;

  /** @param seed - its low 32 bits count */
  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** In `[0, 1)`. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number in `[0, bound)`. */
  nextInt(bound: number): number {
    return Math.floor(this.next() * bound);
  }

  /** One of the items, each as likely. */
  pick<T>(items: readonly T[]): T {
    return items[this.nextInt(items.length)]!;
  }
}
