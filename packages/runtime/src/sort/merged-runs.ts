/**
 * Several sorted runs as one.
 *
 * Invariant: of entries that are equal, those of an earlier run come first.
 *
 * Flink: MergeIterator.
 */
// Hot path.
import { compareEntries, type SortedRun } from './sorted-run.ts';

export class MergedRuns {
  /** A binary heap of the runs that have an entry, the one with the least at 0. */
  private readonly heap: SortedRun[];
  private readonly order: Map<SortedRun, number>;
  private readonly runs: readonly SortedRun[];
  private started: boolean;

  /** @param runs - in the order in which their entries came */
  constructor(runs: readonly SortedRun[]) {
    this.heap = [];
    this.order = new Map(runs.map((run, index) => [run, index]));
    this.runs = runs;
    this.started = false;
  }

  /** The run whose entry comes next, until the next call; `undefined` after the last. */
  next(): SortedRun | undefined {
    if (this.started) {
      this.advanceFirst();
    } else {
      this.started = true;
      for (const run of this.runs) {
        if (run.advance()) {
          this.heap.push(run);
        }
      }
      for (let at = (this.heap.length >> 1) - 1; at >= 0; at--) {
        this.sink(at);
      }
    }
    return this.heap[0];
  }

  close(): void {
    for (const run of this.runs) {
      run.close();
    }
  }

  private advanceFirst(): void {
    const first = this.heap[0];
    if (first === undefined) {
      return;
    }
    if (!first.advance()) {
      const last = this.heap.pop() as SortedRun;
      if (last === first) {
        return;
      }
      this.heap[0] = last;
    }
    this.sink(0);
  }

  private sink(from: number): void {
    const { heap } = this;
    let at = from;
    while (true) {
      const left = 2 * at + 1;
      const right = left + 1;
      let least = at;
      if (left < heap.length && this.isBefore(left, least)) {
        least = left;
      }
      if (right < heap.length && this.isBefore(right, least)) {
        least = right;
      }
      if (least === at) {
        return;
      }
      const run = heap[at] as SortedRun;
      heap[at] = heap[least] as SortedRun;
      heap[least] = run;
      at = least;
    }
  }

  private isBefore(a: number, b: number): boolean {
    const runA = this.heap[a] as SortedRun;
    const runB = this.heap[b] as SortedRun;
    const order = compareEntries(runA, runB);
    return order === 0
      ? (this.order.get(runA) as number) < (this.order.get(runB) as number)
      : order < 0;
  }
}
