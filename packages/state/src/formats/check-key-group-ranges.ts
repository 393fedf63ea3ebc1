/**
 * Whether each subtask's keyed state is of the key groups that are the subtask's, by the parallelism and
 * the max parallelism that the snapshot says: all of them must agree, or state would be passed over.
 *
 * Flink: KeyGroupRangeAssignment.computeKeyGroupRangeForOperatorIndex.
 */
import { CheckpointError, keyGroupRangeForOperatorIndex } from '@millrace/core';
import type { CheckpointMetadata, OperatorState } from '../snapshot/operator-state.ts';

/** @throws CheckpointError `SNAPSHOT_CORRUPT` */
export function checkKeyGroupRanges(metadata: CheckpointMetadata): void {
  for (const operator of metadata.operatorStates) {
    for (const subtask of operator.subtaskStates.keys()) {
      checkSubtask(operator, subtask);
    }
  }
}

function checkSubtask(operator: OperatorState, subtask: number): void {
  const { operatorId, parallelism, maxParallelism, subtaskStates } = operator;
  const range = subtaskStates.get(subtask)?.managedKeyedState?.keyGroupRange;
  if (range === undefined) {
    return;
  }
  if (subtask >= parallelism || parallelism > maxParallelism) {
    throw new CheckpointError(
      'SNAPSHOT_CORRUPT',
      `the metadata is corrupt: operator ${operatorId} has subtask ${subtask} of ${parallelism}, and ` +
        `${maxParallelism} key groups; restore another snapshot`,
    );
  }
  const own = keyGroupRangeForOperatorIndex(subtask, { parallelism, maxParallelism });
  if (range.startKeyGroup !== own.startKeyGroup || range.endKeyGroup !== own.endKeyGroup) {
    throw new CheckpointError(
      'SNAPSHOT_CORRUPT',
      `the metadata is corrupt: subtask ${subtask} of ${parallelism} of operator ${operatorId} has ` +
        `key groups ${range.startKeyGroup} to ${range.endKeyGroup}, and of ${maxParallelism} its own ` +
        `are ${own.startKeyGroup} to ${own.endKeyGroup}; restore another snapshot`,
    );
  }
}
