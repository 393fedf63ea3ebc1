/**
 * The versions of all state of a backend: each snapshot or view ends one and reads it until it is over.
 *
 * Invariant: `oldest` is the least version that is still read, `Infinity` when none is.
 */
export class Epochs {
  /** What writes belong to now. */
  current: number;
  oldest: number;
  private readonly running: number[];

  constructor() {
    this.current = 0;
    this.oldest = Number.POSITIVE_INFINITY;
    this.running = [];
  }

  /** The current version ends, and is read until `end`. */
  begin(): void {
    this.running.push(this.current++);
    this.oldest = this.running[0] as number;
  }

  end(version: number): void {
    const at = this.running.indexOf(version);
    if (at >= 0) {
      this.running.splice(at, 1);
      this.oldest = this.running[0] ?? Number.POSITIVE_INFINITY;
    }
  }
}
