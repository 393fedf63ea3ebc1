/**
 * A run of whole numbers, and its bytes: the id as Java's UTF, then `from` and `to` as longs; a
 * checkpoint of the enumerator is their count as an int, then the splits.
 *
 * Flink: NumberSequenceSource.NumberSequenceSplit and its SplitSerializer, CheckpointSerializer.
 */
import { CheckpointError } from '../../errors/errors.ts';
import { DataInputView } from '../../serialization/data-input-view.ts';
import { DataOutputView } from '../../serialization/data-output-view.ts';
import type { SimpleVersionedSerializer } from '../../serialization/simple-versioned-serializer.ts';
import type { SourceSplit } from '../source.ts';

/** The numbers `from` to `to`, both included; `from` is the next one to be read. */
export interface NumberSequenceSplit extends SourceSplit {
  readonly from: number;
  readonly to: number;
}

const VERSION = 1;

export const NUMBER_SEQUENCE_SPLIT_SERIALIZER: SimpleVersionedSerializer<NumberSequenceSplit> = {
  version: VERSION,

  serialize(split: NumberSequenceSplit): Uint8Array {
    const out = new DataOutputView(64);
    writeSplit(split, out);
    return out.copyBytes();
  },

  deserialize(version: number, bytes: Uint8Array): NumberSequenceSplit {
    checkVersion(version);
    const input = new DataInputView(bytes);
    const split = readSplit(input);
    checkEnd(input);
    return split;
  },
};

/** The enumerator's checkpoint: the splits that no reader has. */
export const NUMBER_SEQUENCE_CHECKPOINT_SERIALIZER: SimpleVersionedSerializer<
  readonly NumberSequenceSplit[]
> = {
  version: VERSION,

  serialize(splits: readonly NumberSequenceSplit[]): Uint8Array {
    const out = new DataOutputView(4 + splits.length * 32);
    out.writeInt(splits.length);
    for (const split of splits) {
      writeSplit(split, out);
    }
    return out.copyBytes();
  },

  deserialize(version: number, bytes: Uint8Array): readonly NumberSequenceSplit[] {
    checkVersion(version);
    const input = new DataInputView(bytes);
    const count = input.readInt();
    const splits: NumberSequenceSplit[] = [];
    for (let i = 0; i < count; i++) {
      splits.push(readSplit(input));
    }
    checkEnd(input);
    return splits;
  },
};

/**
 * Cuts `[from, to]` into at most `count` runs of nearly equal length; the first ones are longer by
 * one. Empty runs are left out. Flink: NumberSequenceSource.splitNumberRange.
 */
export function splitNumberRange(
  range: { readonly from: number; readonly to: number },
  count: number,
): NumberSequenceSplit[] {
  const numbers = range.to - range.from + 1;
  const perSplit = Math.floor(numbers / count);
  const withExtra = numbers - perSplit * count;
  const splits: NumberSequenceSplit[] = [];
  let from = range.from;
  for (let i = 0; i < count && from <= range.to; i++) {
    const to = from + perSplit + (i < withExtra ? 1 : 0) - 1;
    splits.push({ splitId: String(splits.length + 1), from, to });
    from = to + 1;
  }
  return splits;
}

function writeSplit(split: NumberSequenceSplit, out: DataOutputView): void {
  out.writeUTF(split.splitId);
  out.writeLong(split.from);
  out.writeLong(split.to);
}

function readSplit(input: DataInputView): NumberSequenceSplit {
  const splitId = input.readUTF();
  return { splitId, from: input.readLong(), to: input.readLong() };
}

function checkVersion(version: number): void {
  if (version !== VERSION) {
    throw new CheckpointError(
      'SNAPSHOT_VERSION_UNSUPPORTED',
      `number sequence split of version ${version}; only ${VERSION} can be read`,
    );
  }
}

function checkEnd(input: DataInputView): void {
  if (input.remaining > 0) {
    throw new CheckpointError(
      'SNAPSHOT_CORRUPT',
      `${input.remaining} bytes follow the last number sequence split`,
    );
  }
}
