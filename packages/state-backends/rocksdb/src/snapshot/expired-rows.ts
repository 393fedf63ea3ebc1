/**
 * What a full snapshot, or a reader from outside, leaves out of state with a time to live: of a list elements, of a map entries, of
 * others the value. The state itself keeps it.
 *
 * Flink: RocksTransformingIteratorWrapper, TtlStateSnapshotTransformer.
 */
import { DataOutputView } from '@millrace/core';
import { type IsObsolete, type KeyedBackendHeader, RowCodec, rowInput } from '@millrace/state';

export class ExpiredRows {
  private readonly codec: RowCodec;
  private readonly isObsolete: IsObsolete;
  private readonly output = new DataOutputView();

  constructor(codec: RowCodec, isObsolete: IsObsolete) {
    this.codec = codec;
    this.isObsolete = isObsolete;
  }

  /** What is left of the value, valid until the next call; `undefined` when the row is left out. */
  keep(value: Uint8Array): Uint8Array | undefined {
    const { codec, output } = this;
    const row = { stateId: 0, keyStart: 0, keyEnd: 0, valueStart: 0, valueEnd: value.length };
    const batch = { keyGroup: 0, bytes: value, fileOffset: 0, rows: [row] };
    const stored = codec.readValue(rowInput({ source: 'the local database' }, batch), row);
    if (codec.kind !== 'list') {
      return stored !== null && this.isObsolete(stored) ? undefined : value;
    }
    const elements = stored as readonly unknown[];
    const kept = elements.filter((element) => !this.isObsolete(element));
    if (kept.length === 0 || kept.length === elements.length) {
      return kept.length === 0 ? undefined : value;
    }
    output.reset();
    codec.writeValue(output, kept);
    return output.bytes();
  }
}

/** By state id, as of now; `undefined` where all of a state is written. */
export function expiredRows(
  header: KeyedBackendHeader,
  numberOfKeyGroups: number,
  obsolete: (stateName: string) => IsObsolete | undefined,
): (ExpiredRows | undefined)[] {
  return header.states.map((state) => {
    const isObsolete = obsolete(state.name);
    if (isObsolete === undefined) {
      return undefined;
    }
    const keySerializer = header.keySerializer.restoreSerializer();
    return new ExpiredRows(new RowCodec(state, { keySerializer, numberOfKeyGroups }), isObsolete);
  });
}
