/** What a diagnosis says of how much a checkpoint wrote, where, and how fast. */
import {
  CheckpointingOptions,
  type Configuration,
  RocksDBOptions,
  StateBackendOptions,
  TaskManagerOptions,
} from '@millrace/core';
import type { CheckpointStatistics, JobVertexDetails } from '@millrace/runtime';
import { durationText, type Finding, sizeText } from './diagnosis-types.ts';

const MS_MIN = 500;
const SHARE_MIN = 0.3;
const MEBIBYTE = 1024 * 1024;
/** Below it what takes long is that there are files at all. */
const SMALL_BYTES = MEBIBYTE;
/** A subtask with so many times what the others have in the middle. */
const SKEW = 3;
const SKEW_BYTES_MIN = 10 * MEBIBYTE;
/** From here on writing all of it each time shows. */
const LARGE_STATE_BYTES = 256 * MEBIBYTE;
const TRANSFER_THREADS_MAX = 16;

interface SizeInput {
  readonly checkpoint: CheckpointStatistics;
  readonly vertices: readonly Pick<JobVertexDetails, 'id' | 'name' | 'parallelism'>[];
  readonly configuration: Configuration;
}

type Subtask = CheckpointStatistics['subtasks'][number];

export function sizeFindings(input: SizeInput): Finding[] {
  return [...writeFindings(input), ...skewFindings(input), ...inFlightFindings(input)];
}

/** The part that goes on beside the records: writing and uploading. */
function writeFindings({ checkpoint, configuration }: SizeInput): Finding[] {
  const slowest = checkpoint.subtasks.reduce<Subtask | undefined>(
    (best, each) =>
      best === undefined || each.asyncDurationMs > best.asyncDurationMs ? each : best,
    undefined,
  );
  const tookMs = slowest?.asyncDurationMs ?? 0;
  if (
    slowest === undefined ||
    tookMs < MS_MIN ||
    tookMs < SHARE_MIN * checkpoint.endToEndDurationMs
  ) {
    return [];
  }
  const bytes = slowest.checkpointedSizeBytes;
  if (bytes < SMALL_BYTES) {
    return [smallFiles(bytes, tookMs, configuration)];
  }
  const rate = `${sizeText((bytes * 1000) / tookMs)}/s`;
  const seen = `Writing ${sizeText(bytes)} of one subtask took ${durationText(tookMs)}, ${rate}`;
  return [writeFinding(seen, checkpoint, configuration)];
}

function writeFinding(
  seen: string,
  { checkpointedSizeBytes, stateSizeBytes }: CheckpointStatistics,
  configuration: Configuration,
): Finding {
  const isRocksDB = configuration.get(StateBackendOptions.STATE_BACKEND) === 'rocksdb';
  const isIncremental = configuration.get(CheckpointingOptions.INCREMENTAL_CHECKPOINTS);
  if (isRocksDB && !isIncremental) {
    return {
      code: 'FULL_INSTEAD_OF_INCREMENTAL',
      severity: 'warning',
      text: `${seen}: each checkpoint writes all state. Incremental ones write what changed.`,
      setting: CheckpointingOptions.INCREMENTAL_CHECKPOINTS.key,
      suggestedValue: 'true',
    };
  }
  if (!isRocksDB && stateSizeBytes >= LARGE_STATE_BYTES) {
    return {
      code: 'LARGE_STATE_ON_HEAP',
      severity: 'warning',
      text:
        `${seen}: the heap backend writes all ${sizeText(stateSizeBytes)} each time. RocksDB with incremental ` +
        'checkpoints writes what changed.',
      setting: StateBackendOptions.STATE_BACKEND.key,
      suggestedValue: 'rocksdb',
    };
  }
  const threads = configuration.get(RocksDBOptions.CHECKPOINT_TRANSFER_THREAD_NUM);
  const isDelta = checkpointedSizeBytes < stateSizeBytes;
  return {
    code: 'SLOW_UPLOAD',
    severity: 'warning',
    text: `${seen}${isDelta ? ', although it is only what changed' : ''}: the checkpoint folder is slow, or the disk is.`,
    ...(isRocksDB &&
      threads < TRANSFER_THREADS_MAX && {
        setting: RocksDBOptions.CHECKPOINT_TRANSFER_THREAD_NUM.key,
        suggestedValue: String(Math.min(TRANSFER_THREADS_MAX, 2 * threads)),
      }),
  };
}

/** Little that takes long: each file costs a round trip. */
function smallFiles(bytes: number, tookMs: number, configuration: Configuration): Finding {
  const threshold = configuration.get(CheckpointingOptions.FS_SMALL_FILE_THRESHOLD);
  const fits = bytes > threshold;
  return {
    code: 'SMALL_FILES',
    severity: 'warning',
    text:
      `Writing only ${sizeText(bytes)} of one subtask took ${durationText(tookMs)}: what costs is making files in the ` +
      'checkpoint folder. State below the threshold goes into the metadata, without a file of its own.',
    ...(fits && {
      setting: CheckpointingOptions.FS_SMALL_FILE_THRESHOLD.key,
      suggestedValue: `${Math.min(1024, Math.ceil(bytes / 1024))} kb`,
    }),
  };
}

function skewFindings({ checkpoint, vertices }: SizeInput): Finding[] {
  return vertices.flatMap(({ id, name, parallelism }) => {
    const sizes = checkpoint.subtasks
      .filter(({ vertexId }) => vertexId === id)
      .sort((a, b) => a.stateSizeBytes - b.stateSizeBytes);
    const top = sizes.at(-1);
    const middle = sizes[Math.floor((sizes.length - 1) / 2)];
    if (
      top === undefined ||
      middle === undefined ||
      sizes.length < 2 ||
      top.stateSizeBytes < SKEW_BYTES_MIN ||
      top.stateSizeBytes < SKEW * middle.stateSizeBytes
    ) {
      return [];
    }
    return [
      {
        code: 'KEY_SKEW',
        severity: 'warning',
        text:
          `${name} (${top.subtask + 1}/${parallelism}) has ${sizeText(top.stateSizeBytes)} of state and the others ` +
          `about ${sizeText(middle.stateSizeBytes)}: some keys have much more than others. Look at the largest keys in ` +
          'the state browser; divide them, or give the state a time to live.',
      } as const,
    ];
  });
}

/** Records in flight are part of an unaligned checkpoint. */
function inFlightFindings({ checkpoint, configuration }: SizeInput): Finding[] {
  const bytes = checkpoint.bytesPersistedDuringAlignment;
  if (bytes < SKEW_BYTES_MIN || bytes < checkpoint.checkpointedSizeBytes / 2) {
    return [];
  }
  const isOn = configuration.get(TaskManagerOptions.BUFFER_DEBLOAT_ENABLED);
  return [
    {
      code: 'MUCH_IN_FLIGHT',
      severity: 'info',
      text: `${sizeText(bytes)} of it are records in flight, which barriers overtook. Smaller buffers hold fewer.`,
      ...(!isOn && {
        setting: TaskManagerOptions.BUFFER_DEBLOAT_ENABLED.key,
        suggestedValue: 'true',
      }),
    },
  ];
}
