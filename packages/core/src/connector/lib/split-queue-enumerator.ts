/**
 * Hands out a fixed set of splits, one for each request, first come first served.
 *
 * Invariant: every split is either here (and in this snapshot) or with exactly one reader.
 *
 * Flink: IteratorSourceEnumerator.
 */
import type { SourceSplit, SplitEnumerator, SplitEnumeratorContext } from '../source.ts';

export class SplitQueueEnumerator<SplitT extends SourceSplit>
  implements SplitEnumerator<SplitT, readonly SplitT[]>
{
  private readonly context: SplitEnumeratorContext<SplitT>;
  private readonly remaining: SplitT[];

  constructor(context: SplitEnumeratorContext<SplitT>, splits: readonly SplitT[]) {
    this.context = context;
    this.remaining = [...splits];
    context.metricGroup.setUnassignedSplitsGauge(() => this.remaining.length);
  }

  start(): void {}

  /** Readers ask when they need a split, so there is nothing to give them yet. */
  addReader(_subtask: number): void {}

  handleSplitRequest(subtask: number): void {
    const split = this.remaining.shift();
    if (split === undefined) {
      this.context.signalNoMoreSplits(subtask);
    } else {
      this.context.assignSplit(split, subtask);
    }
  }

  addSplitsBack(splits: readonly SplitT[], _subtask: number): void {
    this.remaining.push(...splits);
  }

  snapshotState(_checkpointId: number): readonly SplitT[] {
    return [...this.remaining];
  }

  close(): void {}
}
