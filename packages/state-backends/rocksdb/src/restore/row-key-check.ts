/**
 * Looks whether the keys of rows stand in the key groups that their hashes give: in files without
 * checksums bytes of a key that were changed are found by nothing else.
 *
 * Design: docs/formats/damaged-snapshots.md
 */
// Hot path.
import { CheckpointError, DataInputView, errorMessage, type TypeSerializer } from '@millrace/core';
import {
  type KeyedStateRow,
  type KeyedStateRowBatch,
  type KeyedStateRowReader,
  KeyGroupCheck,
} from '@millrace/state';

const TIMESTAMP_BYTES = 8;

export class RowKeyCheck {
  private readonly reader: KeyedStateRowReader;
  private readonly keySerializer: TypeSerializer<unknown>;
  private readonly check: KeyGroupCheck;
  /** By state: what stands before the key. */
  private readonly keyOffsets: readonly number[];

  constructor(reader: KeyedStateRowReader, numberOfKeyGroups: number) {
    const { keySerializer, states } = reader.header;
    this.reader = reader;
    this.keySerializer = keySerializer.restoreSerializer();
    this.check = new KeyGroupCheck(this.keySerializer, numberOfKeyGroups);
    this.keyOffsets = states.map(({ backendStateType }) =>
      backendStateType === 'PRIORITY_QUEUE' ? TIMESTAMP_BYTES : 0,
    );
  }

  /** @throws CheckpointError `SNAPSHOT_CORRUPT` */
  batch(batch: KeyedStateRowBatch): void {
    const view = new DataInputView(batch.bytes);
    const { rows, keyGroup } = batch;
    for (let i = 0; i < rows.length && this.check.knowsHash; i++) {
      const row = rows[i]!;
      const reason = this.check.reasonAgainst(this.readKey(batch, row, view), keyGroup);
      if (reason !== undefined) {
        throw this.corrupt(batch, row, reason);
      }
      if (view.position > row.keyEnd) {
        throw this.corrupt(batch, row, 'it does not end where it should');
      }
    }
  }

  private readKey(batch: KeyedStateRowBatch, row: KeyedStateRow, view: DataInputView): unknown {
    try {
      view.position = row.keyStart + this.keyOffsets[row.stateId]!;
      return this.keySerializer.deserialize(view);
    } catch (error) {
      throw this.corrupt(batch, row, errorMessage(error));
    }
  }

  private corrupt(batch: KeyedStateRowBatch, { stateId }: KeyedStateRow, reason: string) {
    const { name } = this.reader.header.states[stateId]!;
    return new CheckpointError(
      'SNAPSHOT_CORRUPT',
      `${batch.source ?? this.reader.source} is corrupt in a key of state '${name}' in key group ` +
        `${batch.keyGroup}: ${reason}; restore another snapshot`,
    );
  }
}
