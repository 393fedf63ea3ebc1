import type { CommitRequest } from '@millrace/core';

/** In the order of Flink's CommitRequestState, whose ordinals are in snapshots. */
export const COMMIT_REQUEST_STATES = ['received', 'retry', 'failed', 'committed'] as const;

export type CommitRequestState = (typeof COMMIT_REQUEST_STATES)[number];

/** One committable on its way. Flink: CommitRequestImpl. */
export class PendingCommitRequest<CommT> implements CommitRequest<CommT> {
  readonly committable: CommT;
  numberOfRetries: number;
  state: CommitRequestState;
  /** True when the committer said that it was committed before. */
  wasCommittedBefore: boolean;
  failure: unknown;
  /** True when the failure must fail the task. */
  isFatal: boolean;

  constructor(committable: CommT, numberOfRetries = 0) {
    this.committable = committable;
    this.numberOfRetries = numberOfRetries;
    this.state = 'received';
    this.wasCommittedBefore = false;
    this.failure = undefined;
    this.isFatal = false;
  }

  retryLater(): void {
    this.state = 'retry';
    this.numberOfRetries++;
  }

  signalAlreadyCommitted(): void {
    this.state = 'committed';
    this.wasCommittedBefore = true;
  }

  signalFailedWithKnownReason(error: unknown): void {
    this.state = 'failed';
    this.failure = error;
  }

  signalFailedWithUnknownReason(error: unknown): void {
    this.state = 'failed';
    this.failure = error;
    this.isFatal = true;
  }
}
