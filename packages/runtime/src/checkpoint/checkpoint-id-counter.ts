/**
 * Gives out checkpoint ids: ascending, none twice in the life of a job, also over processes when
 * they are persisted.
 *
 * Flink: StandaloneCheckpointIDCounter, CheckpointIDCounter.
 */
import { invariant } from '@millrace/core';

export class CheckpointIdCounter {
  private nextId: number;
  private readonly persist: ((next: number) => Promise<void>) | undefined;

  /**
   * @param next - the first free id, at least 1; after a restore above the restored checkpoint's
   * @param persist - stores the next free id where the next process finds it
   */
  constructor(next: number, persist?: (next: number) => Promise<void>) {
    invariant(Number.isSafeInteger(next) && next >= 1, 'checkpoint ids start at 1');
    this.nextId = next;
    this.persist = persist;
  }

  get next(): number {
    return this.nextId;
  }

  /** Resolves once the id is taken for good. Ids may be skipped. */
  async reserve(checkpointId: number): Promise<void> {
    this.nextId = Math.max(this.nextId, checkpointId + 1);
    await this.persist?.(this.nextId);
  }
}
