/**
 * What the changes of a key group make of one entry: parts that follow one another, of which some are
 * what the materialized part of the snapshot holds.
 */
import { CheckpointError, DataOutputView } from '@millrace/core';
import { LIST_DELIMITER } from '../formats/canonical-keyed-state.ts';
import type { RowKind } from './row-codec.ts';

/** What was materialized of an entry of the same state: its value, should there be one. */
export interface Materialized {
  readonly identity: string;
}

export type Part = Uint8Array | Materialized;

export interface ChangedEntry {
  /** The bytes of its row's key. */
  readonly key: Uint8Array;
  /**
   * None: the entry is not there. Of a list its elements; of another state at most one is there, and
   * more are values that were merged.
   */
  parts: Part[];
  /** The materialized row came that it stands for. */
  isWritten: boolean;
}

/** The bytes of a row's key, as a key of a map. */
export function identityOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1');
}

/**
 * The value of the row; `undefined` when there is none.
 *
 * @throws CheckpointError `UNSUPPORTED` when it takes the function of the job
 */
export function changedValue(
  entry: ChangedEntry,
  state: { readonly name: string; readonly kind: RowKind },
  materializedOf: (identity: string) => Uint8Array | undefined,
): Uint8Array | undefined {
  const parts: Uint8Array[] = [];
  for (const part of entry.parts) {
    const bytes = part instanceof Uint8Array ? part : materializedOf(part.identity);
    if (bytes !== undefined) {
      parts.push(bytes);
    }
  }
  if (parts.length <= 1) {
    return parts[0];
  }
  if (state.kind !== 'list') {
    throw new CheckpointError(
      'UNSUPPORTED',
      `the changelog of state '${state.name}' merges namespaces of a key and does not hold the ` +
        'result, which only the function of the job gives (Flink cannot restore it either); take ' +
        'a savepoint, or a checkpoint after the next materialization',
    );
  }
  const output = new DataOutputView();
  for (const [index, part] of parts.entries()) {
    if (index > 0) {
      output.writeByte(LIST_DELIMITER);
    }
    output.write(part);
  }
  return output.bytes();
}
