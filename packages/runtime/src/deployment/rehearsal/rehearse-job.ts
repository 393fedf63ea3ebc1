/**
 * Restores a snapshot into the operators of a job, opens them, and tells what became of each state.
 *
 * Invariants:
 * - Nothing of the job is written and no source is read; keyed state is known by its headers alone, so
 *   that a rehearsal takes little memory and time however much of it there is. Only records that were
 *   in flight are read, all of them, as whether they fit shows in nothing else.
 * - One operator that is refused does not hide what becomes of the others.
 */
import {
  ConfigError,
  type Configuration,
  type ErrorCode,
  errorCode,
  errorMessage,
  invariant,
  StateRecoveryOptions,
} from '@millrace/core';
import {
  assignStates,
  type CheckpointMetadata,
  createStateHandleOpener,
  type FileSystemProvider,
  loadCheckpointMetadata,
  type MatchedState,
  matchOperators,
  type OpenStateHandle,
  type OperatorRestore,
  type OperatorState,
  type OperatorToRestore,
  type StateAssignment,
} from '@millrace/state';
import type { JobGraph, JobVertex } from '../../graph/job-graph.ts';
import type { DeploymentRequest, JobDeployment } from '../../jobmanager/job-deployment.ts';
import { configuredPathRebase } from '../../jobmanager/restored-snapshot.ts';
import type { StateRecorders } from '../../tasks/task-deployment.ts';
import type {
  JobRehearsal,
  OperatorMatch,
  RehearsalError,
  RehearsalReport,
  RehearsedOperator,
  UnmatchedOperator,
} from './job-rehearsal.ts';
import { statesInSnapshot } from './snapshot-states.ts';
import { OperatorStateRecorder } from './state-recorder.ts';
import { suggestUids } from './uid-suggestions.ts';

export interface RehearseJobOptions {
  readonly configuration: Configuration;
  readonly fileSystems: FileSystemProvider;
  operatorsOf(vertex: JobVertex): readonly OperatorToRestore[];
  adoptMaxParallelism(jobGraph: JobGraph, assignment: StateAssignment): JobGraph;
  deployment(parts: {
    readonly openStateHandle: OpenStateHandle;
    readonly rehearsal: StateRecorders;
  }): JobDeployment;
}

/** @throws CheckpointError `SNAPSHOT_NOT_FOUND`, `SNAPSHOT_CORRUPT` for the metadata */
export async function rehearseJob(
  jobGraph: JobGraph,
  rehearsal: JobRehearsal,
  options: RehearseJobOptions,
): Promise<RehearsalReport> {
  const { configuration, fileSystems } = options;
  const { metadata, externalPointer } = await loadCheckpointMetadata(fileSystems, rehearsal.from);
  const pathRebase = [...(rehearsal.pathRebase ?? []), ...configuredPathRebase(configuration)];
  const openStateHandle = createStateHandleOpener({
    getFileSystem: (path) => fileSystems.getFileSystem(path),
    pathRebase,
  });
  const toRestore = jobGraph.vertices.flatMap((vertex) => options.operatorsOf(vertex));
  const matches = matchOperators(metadata, toRestore);
  const restored = toRestore.map((operator) =>
    restoreOne(metadata, operator, matches.matched.get(operator.operatorId)),
  );
  const assignment: StateAssignment = new Map(
    restored.flatMap(({ operator, state }) =>
      state === undefined ? [] : [[operator.operatorId, state] as const],
    ),
  );
  const adopted = options.adoptMaxParallelism(jobGraph, assignment);
  const recorders = new Map<string, OperatorStateRecorder>();
  const recorderOf = (operatorId: string): OperatorStateRecorder => {
    const recorder = recorders.get(operatorId) ?? new OperatorStateRecorder();
    recorders.set(operatorId, recorder);
    return recorder;
  };
  const failures: RehearsalError[] = recordsInFlightLost(metadata, toRestore);
  if (jobGraph.batchExecution) {
    failures.push({ code: 'UNSUPPORTED', message: 'a batch starts from no snapshot' });
  } else {
    failures.push(
      ...(await openAll(options.deployment({ openStateHandle, rehearsal: recorderOf }), {
        jobGraph: adopted,
        restored: { checkpointId: metadata.checkpointId, startsJob: true, assignment },
      })),
    );
  }
  const operators: RehearsedOperator[] = [];
  for (const each of restored) {
    const recorder = recorderOf(each.operator.operatorId);
    const before = each.match?.state;
    const { keySerializer } = recorder;
    const states =
      before === undefined ? [] : await statesInSnapshot(before, openStateHandle, keySerializer);
    operators.push({ ...describeOperator(adopted, each), states: recorder.states(states) });
  }
  const unmatched: UnmatchedOperator[] = [];
  for (const state of matches.unmatched) {
    unmatched.push(await describeUnmatched(metadata, state, openStateHandle));
  }
  return {
    jobName: jobGraph.jobName,
    snapshot: { pointer: externalPointer, checkpointId: metadata.checkpointId },
    allowNonRestoredState:
      rehearsal.allowNonRestoredState ??
      configuration.get(StateRecoveryOptions.SAVEPOINT_IGNORE_UNCLAIMED_STATE),
    operators,
    unmatched,
    suggestions: suggestUids(operators, unmatched),
    failures,
  };
}

interface RestoredOperator {
  readonly operator: OperatorToRestore;
  readonly match: MatchedState | undefined;
  readonly state: OperatorRestore | undefined;
  readonly refusal: RehearsalError | undefined;
}

/** What is refused for its max parallelism alone is restored all the same, to see its states. */
function restoreOne(
  metadata: CheckpointMetadata,
  operator: OperatorToRestore,
  match: MatchedState | undefined,
): RestoredOperator {
  // The others are neither gone nor new: each is restored by itself.
  const alone = { ...metadata, operatorStates: match === undefined ? [] : [match.state] };
  const assign = (each: OperatorToRestore): OperatorRestore | undefined =>
    match === undefined
      ? undefined
      : assignStates(alone, [each], { allowNonRestoredState: true }).get(each.operatorId);
  try {
    return { operator, match, state: assign(operator), refusal: undefined };
  } catch (error) {
    const refusal = refusalOf(error);
    try {
      return {
        operator,
        match,
        state: assign({ ...operator, maxParallelismExplicit: false }),
        refusal,
      };
    } catch {
      return { operator, match, state: undefined, refusal };
    }
  }
}

/** What is in flight fits only a program with the same operators. */
function recordsInFlightLost(
  metadata: CheckpointMetadata,
  operators: readonly OperatorToRestore[],
): RehearsalError[] {
  try {
    assignStates(metadata, operators, { allowNonRestoredState: true });
    return [];
  } catch (error) {
    // What else it says, each operator says by itself.
    return errorCode(error) === 'CHANNEL_STATE_MISMATCH' ? [refusalOf(error)] : [];
  }
}

/** Opens all operators and closes them again. */
async function openAll(
  deployment: JobDeployment,
  request: Pick<DeploymentRequest, 'jobGraph' | 'restored'>,
): Promise<RehearsalError[]> {
  const nothing = () => {};
  const execution = deployment.deploy({
    ...request,
    jobInfo: { jobId: '0'.repeat(32), jobName: request.jobGraph.jobName },
    attemptNumber: 0,
    responder: {
      acknowledgeCheckpoint: nothing,
      declineCheckpoint: nothing,
      lateStateWritten: nothing,
    },
    listener: { taskFinished: nothing, allDataEnded: nothing, regionFailed: nothing },
  });
  try {
    await execution.initialize();
    return [];
  } catch (error) {
    return [refusalOf(error)];
  } finally {
    await execution.cancel();
  }
}

function describeOperator(
  adopted: JobGraph,
  { operator, match, state, refusal }: RestoredOperator,
): Omit<RehearsedOperator, 'states'> {
  const vertex = adopted.vertices.find(({ operators }) =>
    operators.some(({ operatorId }) => operatorId === operator.operatorId),
  );
  const chained = vertex?.operators.find(({ operatorId }) => operatorId === operator.operatorId);
  invariant(vertex !== undefined && chained !== undefined, 'an operator is in its job graph');
  const { uid, userProvidedHash } = chained;
  return {
    operatorId: operator.operatorId,
    name: chained.name,
    ...(uid === undefined ? {} : { uid }),
    ...(userProvidedHash === undefined ? {} : { uidHash: userProvidedHash }),
    parallelism: vertex.parallelism,
    maxParallelism: vertex.maxParallelism,
    isMaxParallelismExplicit: vertex.maxParallelismExplicit,
    ...(match === undefined ? {} : { match: describeMatch(match, uid) }),
    ...(refusal === undefined ? {} : { refusal }),
    isFinished: state?.fullyFinished ?? false,
  };
}

function describeMatch({ state, by }: MatchedState, uid: string | undefined): OperatorMatch {
  const { operatorId, parallelism, maxParallelism } = state;
  const how = by === 'generated-id' && uid !== undefined ? 'uid' : by;
  return { operatorId, by: how, parallelism, maxParallelism };
}

async function describeUnmatched(
  metadata: CheckpointMetadata,
  state: OperatorState,
  openStateHandle: OpenStateHandle,
): Promise<UnmatchedOperator> {
  const { operatorId, name, uid, parallelism } = state;
  return {
    operatorId,
    ...(name === undefined ? {} : { name }),
    ...(uid === undefined ? {} : { uid }),
    parallelism,
    hasState: isLostWithout(metadata, state),
    states: await statesInSnapshot(state, openStateHandle),
  };
}

/** Whether a job without the operator is refused. */
function isLostWithout(metadata: CheckpointMetadata, state: OperatorState): boolean {
  try {
    assignStates({ ...metadata, operatorStates: [state] }, [], { allowNonRestoredState: false });
    return false;
  } catch (error) {
    if (error instanceof ConfigError && error.code === 'STATE_NOT_RESTORED') {
      return true;
    }
    throw error;
  }
}

function refusalOf(error: unknown): RehearsalError {
  const code: ErrorCode | undefined = errorCode(error);
  return { ...(code === undefined ? {} : { code }), message: errorMessage(error) };
}
