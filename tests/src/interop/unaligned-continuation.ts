/** Goes on from an unaligned checkpoint of the unaligned program until all is processed. */
import { FileSystems } from '@millrace/core';
import {
  createStateHandleOpener,
  loadCheckpointMetadata,
  operatorIdFromUid,
} from '@millrace/state';
import { snapshotContent } from '../compatibility/snapshot-content.ts';
import { checkpointSettings, until } from './retained-checkpoint.ts';
import type { Operators } from './same-content.ts';
import { lastWatermark, UNALIGNED_UIDS, unalignedProgram } from './unaligned-program.ts';

/** How many numbers of each source the checkpoint has, and how many follow. */
export interface Continuation {
  readonly checkpoint: string;
  readonly parallelism: number;
  readonly events: number;
  readonly more: number;
  /** For checkpoints and the savepoint. */
  readonly folder: string;
  /** False where `takeUnaligned` took it. */
  readonly isHeld?: false;
}

/**
 * Takes an unaligned checkpoint after `events` of each source, with all of them in flight.
 *
 * @returns where it is; the job did not outlive it
 */
export async function takeUnaligned(options: {
  readonly parallelism: number;
  readonly events: number;
  readonly folder: string;
  readonly configuration?: Readonly<Record<string, string>>;
}): Promise<string> {
  const { parallelism, events, folder } = options;
  const configuration = {
    ...checkpointSettings(folder),
    'execution.checkpointing.unaligned.enabled': 'true',
    ...options.configuration,
  };
  const program = unalignedProgram({ configuration, parallelism, events, isHeld: true });
  const job = await program.executeAsync('unaligned');
  const ended = job.jobExecutionResult().catch(() => {});
  const sentAll = () => {
    const operators = job.details().vertices.flatMap((vertex) => vertex.operators);
    const sources = operators.filter(({ name }) => name.startsWith('Source'));
    return sources.length === 2 && sources.every(({ numRecordsOut }) => numRecordsOut >= events);
  };
  await until(job, sentAll);
  const begun = job.details().checkpoints.history[0]?.checkpointId ?? 0;
  const complete = () =>
    job
      .details()
      .checkpoints.history.find((each) => each.status === 'COMPLETED' && each.checkpointId > begun);
  await until(job, () => complete() !== undefined);
  const path = complete()?.externalPointer ?? '';
  await job.cancel();
  await ended;
  return path;
}

/** @returns the savepoint that the job then stopped with */
export async function continueUnaligned(options: Continuation): Promise<string> {
  const { checkpoint, parallelism, events, more, folder, isHeld } = options;
  const configuration = {
    ...checkpointSettings(folder),
    'execution.checkpointing.interval': '1 h',
    'execution.state-recovery.path': checkpoint,
  };
  const program = unalignedProgram({ configuration, parallelism, events: more, isHeld });
  const job = await program.executeAsync('unaligned');
  const wanted = lastWatermark(events + more);
  await until(job, () => {
    const vertices = job.details().vertices.filter(({ name }) => !name.startsWith('Source'));
    return vertices.length > 0 && vertices.every((each) => each.currentInputWatermark === wanted);
  });
  return job.stopWithSavepoint({ targetDirectory: folder });
}

/** By uid. */
export async function unalignedContent(savepoint: string): Promise<Operators> {
  const fileSystems = new FileSystems();
  const { metadata } = await loadCheckpointMetadata(fileSystems, savepoint);
  const content = await snapshotContent(
    metadata,
    createStateHandleOpener({ getFileSystem: (uri) => fileSystems.getFileSystem(uri) }),
  );
  return Object.fromEntries(
    UNALIGNED_UIDS.map((uid) => [uid, content.get(operatorIdFromUid(uid)) ?? {}]),
  ) as Operators;
}
