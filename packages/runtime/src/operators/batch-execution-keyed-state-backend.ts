/**
 * Keyed state of a batch, whose input comes key after key: a key that is over is forgotten, so that
 * only the state of one key is held.
 *
 * Invariants:
 * - Before another key becomes the current one, `endKey` has been called with the old one still set,
 *   and what it wrote is dropped too.
 *
 * Flink: BatchExecutionKeyedStateBackend. It is a backend of its own there; here it stands before
 * the configured one, so that state behaves the same.
 */
// Hot path.
import { CheckpointError, keyIdentityOf } from '@millrace/core';
import {
  ForwardingKeyedStateBackend,
  type KeyedStateBackend,
  type KeyedStateSnapshot,
} from '@millrace/state';

export class BatchExecutionKeyedStateBackend<K> extends ForwardingKeyedStateBackend<K> {
  private readonly identityOf: (key: K) => unknown;
  private readonly endKey: () => void;
  private identity: unknown;
  private key: K | undefined;
  /** The key at hand is set aside. */
  private isUnset: boolean;

  /** @param endKey - fires the timers of the current key */
  constructor(backend: KeyedStateBackend<K>, endKey: () => void) {
    super(backend);
    this.identityOf = keyIdentityOf(backend.keySerializer);
    this.endKey = endKey;
    this.identity = undefined;
    this.key = undefined;
    this.isUnset = false;
  }

  override setCurrentKey(key: K): void {
    const identity = this.identityOf(key);
    if (identity === this.identity) {
      if (this.isUnset) {
        this.isUnset = false;
        this.backend.setCurrentKey(key);
      }
      return;
    }
    this.endCurrentKey();
    this.identity = identity;
    this.key = key;
    this.backend.setCurrentKey(key);
  }

  /** The key is not over: its next record finds what it left. */
  override unsetCurrentKey(): void {
    this.isUnset = this.identity !== undefined;
    this.backend.unsetCurrentKey();
  }

  /** The input is over, and with it the last key. */
  endCurrentKey(): void {
    if (this.identity !== undefined) {
      if (this.isUnset) {
        this.isUnset = false;
        this.backend.setCurrentKey(this.key as K);
      }
      this.endKey();
      this.backend.clearCurrentKey();
      this.identity = undefined;
    }
  }

  /** Of the next keys nothing is stored yet. */
  override get lookAhead(): undefined {
    return undefined;
  }

  /** @throws CheckpointError `CHECKPOINT_DECLINED` */
  override snapshot(): KeyedStateSnapshot {
    throw new CheckpointError(
      'CHECKPOINT_DECLINED',
      'a batch has no checkpoints: the state of its past keys is gone; run the job in STREAMING mode',
    );
  }

  override notifyCheckpointComplete(): void {}

  override notifyCheckpointAborted(): void {}
}
