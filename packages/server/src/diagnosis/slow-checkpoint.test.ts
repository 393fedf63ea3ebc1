import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Configuration, checkKnownValues, checkUnknownKeys } from '@millrace/core';
import type { CheckpointStatistics } from '@millrace/runtime';
import { type DiagnosisInput, diagnoseCheckpoint } from './slow-checkpoint.ts';

const MIB = 1024 * 1024;

type Subtask = Partial<CheckpointStatistics['subtasks'][number]>;

interface Case {
  readonly subtasks: readonly Subtask[];
  readonly checkpoint?: Partial<CheckpointStatistics>;
  readonly backPressured?: number;
  readonly settings?: Record<string, string>;
  /** Code, setting and value of each finding. */
  readonly finds: readonly (readonly [string, string?, string?])[];
}

const UNALIGNED = { 'execution.checkpointing.unaligned.enabled': 'true' };
const ROCKSDB = { 'state.backend.type': 'rocksdb' };
const DEBLOAT = ['taskmanager.network.memory.buffer-debloat.enabled', 'true'] as const;

const CASES: Readonly<Record<string, Case>> = {
  'a quick one has nothing slow': {
    subtasks: [{ startDelayMs: 20, asyncDurationMs: 30 }],
    finds: [['NOTHING_SLOW']],
  },
  'a barrier that waits behind records is to overtake them': {
    subtasks: [{ startDelayMs: 9000 }, { startDelayMs: 8000 }],
    backPressured: 0.9,
    finds: [['START_DELAY_BY_BACK_PRESSURE', 'execution.checkpointing.unaligned.enabled', 'true']],
  },
  'where it overtakes only after a time, that is to be shorter': {
    subtasks: [{ startDelayMs: 30_000 }],
    backPressured: 0.9,
    settings: { ...UNALIGNED, 'execution.checkpointing.aligned-checkpoint-timeout': '20 s' },
    finds: [
      [
        'START_DELAY_BY_BACK_PRESSURE',
        'execution.checkpointing.aligned-checkpoint-timeout',
        '2000 ms',
      ],
    ],
  },
  'where it overtakes at once, buffers are to be smaller': {
    subtasks: [{ startDelayMs: 5000 }],
    backPressured: 0.9,
    settings: UNALIGNED,
    finds: [['START_DELAY_BY_BACK_PRESSURE', ...DEBLOAT]],
  },
  'at least once cannot overtake': {
    subtasks: [{ startDelayMs: 5000 }],
    backPressured: 0.9,
    settings: { 'execution.checkpointing.mode': 'AT_LEAST_ONCE' },
    finds: [['START_DELAY_BY_BACK_PRESSURE', ...DEBLOAT]],
  },
  'a late barrier without back pressure is a function that blocks': {
    subtasks: [{ startDelayMs: 5000 }],
    backPressured: 0.05,
    finds: [['LOOP_BLOCKED', 'execution.target', 'threads']],
  },
  'an input that is slower than the others is alignment': {
    subtasks: [{ alignmentDurationMs: 4000 }, { alignmentDurationMs: 10 }],
    finds: [['ALIGNMENT_SKEW', 'execution.checkpointing.unaligned.enabled', 'true']],
  },
  'a task that stands still is its synchronous part': {
    subtasks: [{ syncDurationMs: 3000 }],
    finds: [['SYNC_SLOW']],
  },
  'RocksDB that writes all of it is to write what changed': {
    subtasks: [
      { asyncDurationMs: 8000, checkpointedSizeBytes: 900 * MIB, stateSizeBytes: 900 * MIB },
    ],
    settings: ROCKSDB,
    finds: [['FULL_INSTEAD_OF_INCREMENTAL', 'execution.checkpointing.incremental', 'true']],
  },
  'an upload that is slow though it is little is to have more threads': {
    subtasks: [
      { asyncDurationMs: 8000, checkpointedSizeBytes: 40 * MIB, stateSizeBytes: 900 * MIB },
    ],
    settings: { ...ROCKSDB, 'execution.checkpointing.incremental': 'true' },
    finds: [['SLOW_UPLOAD', 'state.backend.rocksdb.checkpoint.transfer.thread.num', '8']],
  },
  'large state on the heap belongs in RocksDB': {
    subtasks: [
      { asyncDurationMs: 8000, checkpointedSizeBytes: 900 * MIB, stateSizeBytes: 900 * MIB },
    ],
    finds: [['LARGE_STATE_ON_HEAP', 'state.backend.type', 'rocksdb']],
  },
  'little that takes long costs by its files': {
    subtasks: [{ asyncDurationMs: 2000, checkpointedSizeBytes: 60_000, stateSizeBytes: 60_000 }],
    finds: [['SMALL_FILES', 'execution.checkpointing.data-inline-threshold', '59 kb']],
  },
  'one subtask with much more state than the others has large keys': {
    subtasks: [
      { stateSizeBytes: 500 * MIB },
      { stateSizeBytes: 20 * MIB },
      { stateSizeBytes: 22 * MIB },
    ],
    finds: [['KEY_SKEW']],
  },
  'many records in flight are held by smaller buffers': {
    subtasks: [{ checkpointedSizeBytes: 30 * MIB }],
    checkpoint: { bytesPersistedDuringAlignment: 28 * MIB, unalignedCheckpoint: true },
    settings: UNALIGNED,
    finds: [['MUCH_IN_FLIGHT', ...DEBLOAT]],
  },
  'one that takes longer than the interval leaves no time for records': {
    subtasks: [{ syncDurationMs: 900 }],
    settings: { 'execution.checkpointing.interval': '500 ms' },
    finds: [['SYNC_SLOW'], ['INTERVAL_TOO_SHORT', 'execution.checkpointing.min-pause', '1000 ms']],
  },
  'a savepoint has no interval': {
    subtasks: [{ syncDurationMs: 900 }],
    checkpoint: { snapshotType: { kind: 'savepoint' } as never },
    settings: { 'execution.checkpointing.interval': '500 ms' },
    finds: [['SYNC_SLOW']],
  },
  'metadata that takes long is told': {
    subtasks: [{ endToEndDurationMs: 100 }],
    checkpoint: { endToEndDurationMs: 2000 },
    finds: [['FINALIZE_SLOW']],
  },
  'one that goes on is waited for': {
    subtasks: [{}],
    checkpoint: { status: 'IN_PROGRESS', numSubtasks: 2 },
    finds: [['NOT_ACKNOWLEDGED']],
  },
  'one that was given up needs more time, or less that holds it up': {
    subtasks: [{ startDelayMs: 590_000 }],
    checkpoint: { status: 'FAILED', endToEndDurationMs: 600_000, failureMessage: 'expired' },
    backPressured: 1,
    finds: [
      ['EXPIRED', 'execution.checkpointing.timeout', '20 min'],
      ['START_DELAY_BY_BACK_PRESSURE', 'execution.checkpointing.unaligned.enabled', 'true'],
    ],
  },
  'one that failed otherwise says why': {
    subtasks: [{}],
    checkpoint: { status: 'FAILED', failureMessage: 'disk full' },
    finds: [['FAILED']],
  },
};

describe('the diagnosis of a checkpoint', () => {
  for (const [title, given] of Object.entries(CASES)) {
    it(title, () => {
      const { findings } = diagnoseCheckpoint(inputOf(given));

      assert.deepEqual(
        findings.map(({ code, setting, suggestedValue }) =>
          [code, setting, suggestedValue].filter((part) => part !== undefined),
        ),
        given.finds,
        JSON.stringify(findings),
      );
    });
  }

  it('names the task, the time and the share in what it says', () => {
    const { findings } = diagnoseCheckpoint(
      inputOf({ subtasks: [{ startDelayMs: 12_345 }, {}], backPressured: 0.87, finds: [] }),
    );

    assert.match(
      findings[0]?.text ?? '',
      /^The barrier reached map \(1\/3\) after 12 s: .* map is back-pressured 87 %/,
    );
  });

  it('has each hop, and the slowest with the phase that took longest of it', () => {
    const { hops, slowest } = diagnoseCheckpoint(
      inputOf({
        subtasks: [{ syncDurationMs: 5 }, { alignmentDurationMs: 70, asyncDurationMs: 20 }],
        finds: [],
      }),
    );

    assert.deepEqual(
      hops.map(({ subtask, alignmentMs, syncMs, endToEndMs }) => [
        subtask,
        alignmentMs,
        syncMs,
        endToEndMs,
      ]),
      [
        [0, 0, 5, 5],
        [1, 70, 0, 90],
      ],
    );
    assert.deepEqual([slowest?.subtask, slowest?.phase, slowest?.phaseMs], [1, 'alignment', 70]);
  });

  it('suggests only settings that exist, with values that they take', () => {
    for (const given of Object.values(CASES)) {
      for (const { setting, suggestedValue } of diagnoseCheckpoint(inputOf(given)).findings) {
        if (setting !== undefined) {
          const configuration = Configuration.fromMap({ [setting]: suggestedValue ?? '' });
          assert.deepEqual(problemsOf(configuration), [], `${setting}: ${suggestedValue}`);
        }
      }
    }
  });
});

function problemsOf(configuration: Configuration): string[] {
  checkKnownValues(configuration);
  return checkUnknownKeys(configuration);
}

function inputOf({
  subtasks,
  checkpoint = {},
  backPressured = 0,
  settings = {},
}: Case): DiagnosisInput {
  const acknowledged = subtasks.map((each, subtask) => {
    const phases = {
      ...{ startDelayMs: 0, alignmentDurationMs: 0, syncDurationMs: 0, asyncDurationMs: 0 },
      ...each,
    };
    return {
      ...{ vertexId: 'a', subtask, acknowledgedAt: 0, checkpointedSizeBytes: 0, stateSizeBytes: 0 },
      endToEndDurationMs:
        phases.startDelayMs +
        phases.alignmentDurationMs +
        phases.syncDurationMs +
        phases.asyncDurationMs,
      ...phases,
    };
  });
  const sum = (sizeOf: (each: (typeof acknowledged)[number]) => number) =>
    acknowledged.reduce((total, each) => total + sizeOf(each), 0);
  const all = checkpoint.status === undefined ? acknowledged.length : acknowledged.length + 1;
  return {
    configuration: Configuration.fromMap(settings),
    vertices: [
      {
        ...{ id: 'a', name: 'map', parallelism: 3 },
        subtasks: Array.from({ length: all }, (_, subtask) => ({
          subtask,
          backPressuredRatio: backPressured,
        })) as never,
      },
    ],
    checkpoint: {
      ...{ checkpointId: 7, status: 'COMPLETED', triggeredAt: 0, latestAckAt: 0 },
      snapshotType: { kind: 'checkpoint' },
      endToEndDurationMs: Math.max(...acknowledged.map((each) => each.endToEndDurationMs)),
      checkpointedSizeBytes: sum((each) => each.checkpointedSizeBytes),
      stateSizeBytes: sum((each) => each.stateSizeBytes),
      ...{ unalignedCheckpoint: false, bytesProcessedDuringAlignment: 0 },
      ...{ bytesPersistedDuringAlignment: 0, numSubtasks: all, subtasks: acknowledged },
      ...{ externalPointer: undefined, failedAt: undefined, failureMessage: undefined },
      ...checkpoint,
    } as CheckpointStatistics,
  };
}
