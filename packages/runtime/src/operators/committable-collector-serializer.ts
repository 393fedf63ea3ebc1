/**
 * The committer's state in snapshots.
 *
 * Version 2: `i32 0xB91F252C`, then a versioned list of checkpoints; in each a list of subtasks; in
 * each a list of requests. Checkpoints and subtasks are read in version 0 too, which had no counts
 * of subtasks and no subtask ids.
 *
 * Flink: CommittableCollectorSerializer. Bytes: docs/formats/operator-state.md
 */
import {
  CheckpointError,
  DataInputView,
  DataOutputView,
  type SimpleVersionedSerializer,
} from '@millrace/core';
import { COMMIT_REQUEST_STATES, PendingCommitRequest } from './commit-request.ts';
import { type CheckpointCommittables, CommittableCollector } from './committable-collector.ts';
import {
  checkConsumed,
  readVersioned,
  readVersionedList,
  writeVersioned,
  writeVersionedList,
} from './versioned-bytes.ts';

const MAGIC_NUMBER = 0xb91f252c | 0;

interface SubtaskCommittables<CommT> {
  readonly subtaskId: number;
  readonly requests: readonly PendingCommitRequest<CommT>[];
}

export class CommittableCollectorSerializer<CommT>
  implements SimpleVersionedSerializer<CommittableCollector<CommT>>
{
  readonly version = 2;
  private readonly checkpoints: SimpleVersionedSerializer<CheckpointCommittables<CommT>>;

  constructor(committableSerializer: SimpleVersionedSerializer<CommT>) {
    const requests = requestSerializer(committableSerializer);
    this.checkpoints = checkpointSerializer(subtaskSerializer(requests));
  }

  serialize(collector: CommittableCollector<CommT>): Uint8Array {
    const target = new DataOutputView();
    target.writeInt(MAGIC_NUMBER);
    writeVersionedList(this.checkpoints, collector.checkpoints(), target);
    return target.copyBytes();
  }

  deserialize(version: number, bytes: Uint8Array): CommittableCollector<CommT> {
    checkVersion('a committer', version, [2]);
    const source = new DataInputView(bytes);
    const magic = source.readInt();
    if (magic !== MAGIC_NUMBER) {
      throw new CheckpointError(
        'SNAPSHOT_CORRUPT',
        `the state of a committer begins with ${magic} instead of ${MAGIC_NUMBER}; is it a sink's?`,
      );
    }
    const collector = new CommittableCollector<CommT>();
    for (const checkpoint of readVersionedList(this.checkpoints, source)) {
      for (const [subtaskId, requests] of checkpoint.bySubtask) {
        collector.addRequests({ ...checkpoint, subtaskId }, requests);
      }
    }
    checkConsumed(source);
    return collector;
  }
}

function checkpointSerializer<CommT>(
  subtasks: SimpleVersionedSerializer<SubtaskCommittables<CommT>>,
): SimpleVersionedSerializer<CheckpointCommittables<CommT>> {
  return {
    version: 1,
    serialize({ checkpointId, numberOfSubtasks, bySubtask }) {
      const target = new DataOutputView();
      target.writeTimestamp(checkpointId); // Flink's end of input is Long.MAX_VALUE.
      target.writeInt(numberOfSubtasks);
      const entries = [...bySubtask].map(([subtaskId, requests]) => ({ subtaskId, requests }));
      writeVersionedList(subtasks, entries, target);
      return target.copyBytes();
    },
    deserialize(version, bytes) {
      checkVersion('committables of a checkpoint', version, [0, 1]);
      const source = new DataInputView(bytes);
      const checkpointId = source.readTimestamp();
      const numberOfSubtasks = version === 0 ? 1 : source.readInt();
      const bySubtask = new Map<number, PendingCommitRequest<CommT>[]>();
      for (const { subtaskId, requests } of readVersionedList(subtasks, source)) {
        bySubtask.set(subtaskId, [...(bySubtask.get(subtaskId) ?? []), ...requests]);
      }
      checkConsumed(source);
      return { checkpointId, numberOfSubtasks, bySubtask };
    },
  };
}

function subtaskSerializer<CommT>(
  requestSerializer: SimpleVersionedSerializer<PendingCommitRequest<CommT>>,
): SimpleVersionedSerializer<SubtaskCommittables<CommT>> {
  return {
    version: 1,
    serialize({ subtaskId, requests }) {
      const target = new DataOutputView();
      target.writeInt(subtaskId);
      writeVersionedList(requestSerializer, requests, target);
      target.writeInt(requests.length);
      target.writeInt(0); // Drained: what is committed is not kept here.
      target.writeInt(0); // Failed, likewise.
      return target.copyBytes();
    },
    deserialize(version, bytes) {
      checkVersion('committables of a subtask', version, [0, 1]);
      const source = new DataInputView(bytes);
      const subtaskId = version === 0 ? 0 : source.readInt();
      const requests = readVersionedList(requestSerializer, source);
      source.readInt(); // Committables that the writer announced,
      source.readInt(); // drained,
      source.readInt(); // failed: what is pending is what counts after a restore.
      checkConsumed(source);
      const pending = requests.filter(({ state }) => state === 'received' || state === 'retry');
      return { subtaskId, requests: pending };
    },
  };
}

function requestSerializer<CommT>(
  committables: SimpleVersionedSerializer<CommT>,
): SimpleVersionedSerializer<PendingCommitRequest<CommT>> {
  return {
    version: 0,
    serialize({ committable, numberOfRetries, state }) {
      const target = new DataOutputView();
      writeVersioned(committables, committable, target);
      target.writeInt(numberOfRetries);
      target.writeInt(COMMIT_REQUEST_STATES.indexOf(state));
      return target.copyBytes();
    },
    deserialize(version, bytes) {
      checkVersion('a committable', version, [0]);
      const source = new DataInputView(bytes);
      const request = new PendingCommitRequest(
        readVersioned(committables, source),
        source.readInt(),
      );
      const ordinal = source.readInt();
      const state = COMMIT_REQUEST_STATES[ordinal];
      if (state === undefined) {
        throw new CheckpointError(
          'SNAPSHOT_CORRUPT',
          `a committable has the state ${ordinal}; 0 to ${COMMIT_REQUEST_STATES.length - 1} are known`,
        );
      }
      request.state = state;
      checkConsumed(source);
      return request;
    },
  };
}

function checkVersion(what: string, version: number, known: readonly number[]): void {
  if (!known.includes(version)) {
    throw new CheckpointError(
      'SNAPSHOT_VERSION_UNSUPPORTED',
      `the state of ${what} is in version ${version}; ${known.join(' and ')} can be read: take a savepoint with Flink 1.20`,
    );
  }
}
