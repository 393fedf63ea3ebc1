import {
  EMPTY_SUBTASK_STATE,
  type KeyedStateHandle,
  type KeyedStateSnapshot,
  type OperatorStateSnapshot,
  type OperatorSubtaskState,
} from '@millrace/state';
import type { OperatorSnapshotFutures } from './stream-operator.ts';

/** Gathers what the two backends of an operator fixed. Flink: OperatorSnapshotFutures. */
export class OperatorSnapshot implements OperatorSnapshotFutures {
  private readonly keyed: KeyedStateSnapshot | undefined;
  private readonly operator: OperatorStateSnapshot | undefined;

  constructor(keyed: KeyedStateSnapshot | undefined, operator: OperatorStateSnapshot | undefined) {
    this.keyed = keyed;
    this.operator = operator;
  }

  async write(): Promise<OperatorSubtaskState> {
    // Both are waited for: nothing of a failed snapshot is still being written when it fails.
    const [keyed, operator] = await Promise.allSettled([
      this.keyed?.write(),
      this.operator?.write(),
    ]);
    if (keyed.status === 'rejected') {
      throw keyed.reason;
    }
    if (operator.status === 'rejected') {
      throw operator.reason;
    }
    return {
      ...EMPTY_SUBTASK_STATE,
      ...keyedParts(keyed.value),
      managedOperatorState: operator.value,
    };
  }

  cancel(): void {
    this.keyed?.cancel();
  }
}

/** Timers that are apart stand in raw keyed state, where Flink looks for them. */
function keyedParts(
  handle: KeyedStateHandle | undefined,
): Pick<OperatorSubtaskState, 'managedKeyedState' | 'rawKeyedState'> {
  return handle?.kind === 'with-raw-timers'
    ? { managedKeyedState: handle.managed, rawKeyedState: handle.timers }
    : { managedKeyedState: handle, rawKeyedState: undefined };
}
