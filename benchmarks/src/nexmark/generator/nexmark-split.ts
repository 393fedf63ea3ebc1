/**
 * What one generator has to make, how far it is, and the bytes of that: the id as Java's UTF, then
 * the numbers as longs.
 *
 * Nexmark: NexmarkSourceSplit of nexmark-flink, GeneratorConfig.split.
 */
import {
  CheckpointError,
  DataInputView,
  DataOutputView,
  type SimpleVersionedSerializer,
  type SourceSplit,
} from '@millrace/core';
import type { NexmarkConfiguration } from './nexmark-configuration.ts';

export interface NexmarkSplit extends SourceSplit {
  readonly firstEventId: number;
  readonly numEvents: number;
  /** How many of them came. */
  readonly emitted: number;
  /** The clock's time when the first one came; -1 before. */
  readonly wallclockBaseTime: number;
}

const VERSION = 1;

/** One for each generator. Ids go on from one to the next; the last one takes what is left over. */
export function nexmarkSplits(configuration: NexmarkConfiguration): NexmarkSplit[] {
  const { numEvents, numEventGenerators } = configuration;
  const each = Math.floor(numEvents / numEventGenerators);
  return Array.from({ length: numEventGenerators }, (_, i) => ({
    splitId: String(i),
    firstEventId: i * each,
    numEvents: i === numEventGenerators - 1 ? numEvents - i * each : each,
    emitted: 0,
    wallclockBaseTime: -1,
  }));
}

export const NEXMARK_SPLIT_SERIALIZER: SimpleVersionedSerializer<NexmarkSplit> = {
  version: VERSION,

  serialize(split: NexmarkSplit): Uint8Array {
    const out = new DataOutputView(64);
    writeSplit(split, out);
    return out.copyBytes();
  },

  deserialize(version: number, bytes: Uint8Array): NexmarkSplit {
    checkVersion(version);
    return readSplit(new DataInputView(bytes));
  },
};

/** Those that no reader has: their count as an int, then the splits. */
export const NEXMARK_SPLITS_SERIALIZER: SimpleVersionedSerializer<readonly NexmarkSplit[]> = {
  version: VERSION,

  serialize(splits: readonly NexmarkSplit[]): Uint8Array {
    const out = new DataOutputView(4 + splits.length * 64);
    out.writeInt(splits.length);
    for (const split of splits) {
      writeSplit(split, out);
    }
    return out.copyBytes();
  },

  deserialize(version: number, bytes: Uint8Array): readonly NexmarkSplit[] {
    checkVersion(version);
    const input = new DataInputView(bytes);
    return Array.from({ length: input.readInt() }, () => readSplit(input));
  },
};

function writeSplit(split: NexmarkSplit, out: DataOutputView): void {
  out.writeUTF(split.splitId);
  out.writeLong(split.firstEventId);
  out.writeLong(split.numEvents);
  out.writeLong(split.emitted);
  out.writeLong(split.wallclockBaseTime);
}

function readSplit(input: DataInputView): NexmarkSplit {
  return {
    splitId: input.readUTF(),
    firstEventId: input.readLong(),
    numEvents: input.readLong(),
    emitted: input.readLong(),
    wallclockBaseTime: input.readLong(),
  };
}

function checkVersion(version: number): void {
  if (version !== VERSION) {
    throw new CheckpointError(
      'SNAPSHOT_VERSION_UNSUPPORTED',
      `Nexmark split of version ${version}; only ${VERSION} can be read`,
    );
  }
}
