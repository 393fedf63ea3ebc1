/** What a sink's writer sends to its committer for one checkpoint, as one record of the chain. */
export interface Committables<CommT> {
  /** `END_OF_INPUT` for what was prepared after the last record. */
  readonly checkpointId: number;
  readonly subtaskId: number;
  readonly numberOfSubtasks: number;
  readonly committables: readonly CommT[];
}

/** Larger than every checkpoint id. Flink: CommittableMessage.EOI. */
export const END_OF_INPUT: number = Number.POSITIVE_INFINITY;
