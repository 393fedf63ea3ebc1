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
}

/** @returns the savepoint that the job then stopped with */
export async function continueUnaligned(options: Continuation): Promise<string> {
  const { checkpoint, parallelism, events, more, folder } = options;
  const configuration = {
    ...checkpointSettings(folder),
    'execution.checkpointing.interval': '1 h',
    'execution.state-recovery.path': checkpoint,
  };
  const program = unalignedProgram({ configuration, parallelism, events: more });
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
