/**
 * Operator state of one subtask in a snapshot: where each item of each state begins.
 *
 * Flink: OperatorStreamStateHandle.
 */
import type { StreamStateHandle } from './stream-state-handle.ts';

export type OperatorStateDistributionMode = 'split-distribute' | 'union' | 'broadcast';

export interface OperatorStateMetaInfo {
  readonly mode: OperatorStateDistributionMode;
  /** Of each item in the delegate stream. */
  readonly offsets: readonly number[];
}

export interface OperatorStateHandle {
  readonly stateNameToPartitionOffsets: ReadonlyMap<string, OperatorStateMetaInfo>;
  readonly delegate: StreamStateHandle;
  /** Only with file merging: the directories of the merged files. */
  readonly fileMerging?: {
    readonly taskOwnedDirectory: string;
    readonly sharedDirectory: string;
    readonly isEmpty: boolean;
  };
}
