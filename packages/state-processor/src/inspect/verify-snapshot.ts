/**
 * Whether a snapshot is whole: every file there and as long as it should be, every byte understood,
 * every key in its key group.
 *
 * Invariants:
 * - All problems are told, each with its file, byte, operator and state as far as they are known.
 * - What cannot be read is told too: it need be no problem, and the snapshot is not called sound then.
 * - What each file was checked by is told: Flink's formats have checksums in RocksDB's files and compressed ones only.
 */
import { errorCode, errorMessage } from '@millrace/core';
import { keyedStateOf } from '@millrace/state';
import { type OpenSnapshotOptions, openSnapshot } from '../snapshot/open-snapshot.ts';
import type { Snapshot, SnapshotOperator, SnapshotProblem } from '../snapshot/snapshot.ts';
import { keyedPartBytes, keyedParts } from './keyed-scan.ts';
import { LongRead, type LongReadOptions } from './long-read.ts';
import { totalBytes } from './measure-snapshot.ts';
import { type CheckedPart, VerifyCoverage } from './verify-coverage.ts';
import { verifyFiles, verifyMetadata } from './verify-files.ts';
import { KeyedStateVerifier, type VerifyCounts } from './verify-keyed-state.ts';
import { verifyChannelState, verifyOperatorState } from './verify-operator-state.ts';
import { VerifyProblems } from './verify-problems.ts';

export interface VerifyOptions extends LongReadOptions, OpenSnapshotOptions {
  /** Told as they are found. */
  readonly onProblem?: (problem: SnapshotProblem) => void;
}

export interface VerifyReport {
  /** True when all was read, and without a problem. */
  readonly isSound: boolean;
  readonly problems: readonly SnapshotProblem[];
  /** Parts whose content is not known: types that nothing here reads, raw state. */
  readonly unread: readonly SnapshotProblem[];
  /** What was read and cannot be judged: the key group of keys whose hash is their class's own. */
  readonly unchecked: readonly SnapshotProblem[];
  /** What each file that is there was checked by. */
  readonly checked: readonly CheckedPart[];
  readonly files: number;
  readonly bytes: number;
  readonly operators: number;
  readonly keyGroups: number;
  readonly entries: number;
}

/**
 * Never throws for what is wrong with the snapshot, not even when there is none.
 *
 * @param snapshot - one that is open, or where it is
 */
export async function verifySnapshot(
  snapshot: Snapshot | string,
  options: VerifyOptions = {},
): Promise<VerifyReport> {
  const problems = new VerifyProblems(options.onProblem);
  const opened =
    typeof snapshot === 'string' ? await tryOpen(snapshot, options, problems) : snapshot;
  const counts: VerifyCounts = { entries: 0, keyGroups: 0 };
  let files = 0;
  let checked: readonly CheckedPart[] = [];
  if (opened !== undefined) {
    const coverage = new VerifyCoverage(opened);
    await verifyMetadata(opened, problems);
    files = await verifyFiles(opened, problems);
    const read = new LongRead(options, totalBytes(opened.operators));
    for (const operator of opened.operators) {
      await verifyOperator(opened, operator, { problems, read, counts, coverage });
    }
    read.end();
    checked = coverage.parts((file) => !problems.isLost(file));
  }
  return {
    isSound: problems.found.length === 0 && problems.unread.length === 0,
    problems: problems.found,
    unread: problems.unread,
    unchecked: problems.unchecked,
    checked,
    files,
    bytes: opened?.sizeBytes ?? 0,
    operators: opened?.operators.length ?? 0,
    ...counts,
  };
}

async function tryOpen(
  path: string,
  options: VerifyOptions,
  problems: VerifyProblems,
): Promise<Snapshot | undefined> {
  try {
    return await openSnapshot(path, options);
  } catch (error) {
    const code = errorCode(error);
    if (code === undefined) {
      throw error;
    }
    problems.add(code, errorMessage(error), { file: path });
    return undefined;
  }
}

async function verifyOperator(
  snapshot: Snapshot,
  operator: SnapshotOperator,
  of: {
    readonly problems: VerifyProblems;
    readonly read: LongRead;
    readonly counts: VerifyCounts;
    readonly coverage: VerifyCoverage;
  },
): Promise<void> {
  const { problems, read } = of;
  for (const part of keyedParts(operator, undefined)) {
    read.beginPart(keyedPartBytes(part, undefined));
    await new KeyedStateVerifier({ operator, ...part }, of).verify(snapshot);
  }
  for (const [subtask, state] of operator.state.subtaskStates) {
    const place = { operatorId: operator.operatorId, subtask };
    if (state.managedOperatorState !== undefined) {
      await verifyOperatorState(snapshot, state.managedOperatorState, { ...of, place });
    }
    const channels = [...state.inputChannelState, ...state.resultSubpartitionState];
    await verifyChannelState(snapshot, channels, { problems, place });
    const rawKeyed =
      keyedStateOf(state)?.kind === 'with-raw-timers' ? undefined : state.rawKeyedState;
    if (rawKeyed !== undefined || state.rawOperatorState !== undefined) {
      problems.notRead('UNSUPPORTED', 'raw state has a form that only its operator knows', {
        operatorId: operator.operatorId,
      });
    }
  }
}
