/** A checkpoint that a user asks for. Flink: SchedulerBase.triggerCheckpoint. */
import { ConfigError } from '@millrace/core';
import type { CheckpointCoordinator } from '../checkpoint/checkpoint-coordinator.ts';
import { CHECKPOINT, FULL_CHECKPOINT } from '../checkpoint/checkpoint-types.ts';
import type { CheckpointType } from '../gateway/job-client.ts';
import type { JobFacts } from '../gateway/job-details.ts';

/** @returns its id. @throws ConfigError `CHECKPOINTING_DISABLED`, CheckpointError with the reason */
export async function triggerUserCheckpoint(
  checkpointType: CheckpointType,
  coordinator: CheckpointCoordinator,
  {
    facts,
    takesCheckpoints,
  }: { readonly facts: Pick<JobFacts, 'jobName'>; readonly takesCheckpoints: boolean },
): Promise<number> {
  if (!takesCheckpoints) {
    throw new ConfigError(
      'CHECKPOINTING_DISABLED',
      `job ${facts.jobName} takes no checkpoints; set execution.checkpointing.interval`,
    );
  }
  const snapshotType = checkpointType === 'FULL' ? FULL_CHECKPOINT : CHECKPOINT;
  return (await coordinator.triggerCheckpoint({ snapshotType })).checkpointId;
}
