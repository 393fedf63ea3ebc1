/**
 * Removes what checkpoints that failed have written, also what comes late.
 *
 * Only where their files are is remembered, not the state that tasks handed in.
 */
import { errorMessage } from '@millrace/core';
import type { CheckpointStorageLocation } from '@millrace/state';

export interface AbortedCheckpoint {
  readonly checkpointId: number;
  readonly location: Promise<CheckpointStorageLocation>;
  readonly failure: unknown;
}

// Late acknowledgements come within the time that a cancelled write takes; older ones are left.
const REMEMBERED_ABORTED_CHECKPOINTS = 128;

export class AbortedCheckpoints {
  private readonly byId = new Map<number, AbortedCheckpoint>();
  /** One after the other for each checkpoint: two at once would take each other's folder away. */
  private readonly removals = new Map<number, Promise<void>>();
  private readonly warn: (message: string) => void;

  constructor(warn: (message: string) => void) {
    this.warn = warn;
  }

  add(aborted: AbortedCheckpoint): void {
    this.byId.set(aborted.checkpointId, aborted);
    for (const oldest of this.byId.keys()) {
      if (this.byId.size <= REMEMBERED_ABORTED_CHECKPOINTS) {
        break;
      }
      this.byId.delete(oldest);
    }
  }

  /** True as long as it is remembered. */
  has(checkpointId: number): boolean {
    return this.byId.has(checkpointId);
  }

  failureOf(checkpointId: number): unknown {
    return this.byId.get(checkpointId)?.failure;
  }

  /** Deletes its files; a failure to do so is a warning. Nothing for an id that is not remembered. */
  async discard(checkpointId: number): Promise<void> {
    const before = this.removals.get(checkpointId) ?? Promise.resolve();
    const removal = before.then(() => this.remove(checkpointId));
    this.removals.set(checkpointId, removal);
    await removal;
    if (this.removals.get(checkpointId) === removal) {
      this.removals.delete(checkpointId);
    }
  }

  private async remove(checkpointId: number): Promise<void> {
    const location = await this.byId.get(checkpointId)?.location.catch(() => undefined);
    try {
      await location?.disposeOnFailure();
    } catch (error) {
      this.warn(
        `the files of failed checkpoint ${checkpointId} could not be deleted; ` +
          `delete them by hand: ${errorMessage(error)}`,
      );
    }
  }
}
