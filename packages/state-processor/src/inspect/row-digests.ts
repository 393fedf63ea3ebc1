/**
 * Digests of the rows of one file, of key and of value.
 *
 * Invariants:
 * - Equal rows of two snapshots have one digest: equal by their bytes where both were written by the
 *   same serializers, else by what they mean. Rows that differ have two, but for a chance of 2^-64 a pair.
 */
// Hot path.
import {
  type KeyedStateRow,
  type KeyedStateRowBatch,
  type RowCodec,
  rowInput,
} from '@millrace/state';
import { orOpaque } from '../snapshot/or-opaque.ts';
import { OpaqueValue } from '../snapshot/value-to-json.ts';
import { Digest, seedOf } from './digest.ts';
import type { ScannedBatch } from './keyed-scan.ts';
import { stableText } from './stable-text.ts';

/** How the rows of one state are compared. */
export interface StateComparison {
  readonly state: string;
  readonly byMeaning: boolean;
  readonly hasTtl: boolean;
}

const TTL_TIMESTAMP_BYTES = 8;

interface StateDigests {
  readonly codec: RowCodec;
  readonly seed: number;
  readonly byMeaning: boolean;
  /** Bytes to leave out at the beginning of a value, after the null flag of a map's entry. */
  readonly skip: number;
}

export class RowDigests {
  readonly key: Digest = new Digest();
  readonly value: Digest = new Digest();
  private readonly ignoreTtl: boolean;
  private readonly comparisons: ReadonlyMap<string, StateComparison>;
  private codecs: readonly RowCodec[] | undefined;
  /** By state id; `undefined` for one that is not compared. */
  private states: (StateDigests | undefined)[] = [];
  private input: ReturnType<typeof rowInput> | undefined;

  constructor(comparisons: ReadonlyMap<string, StateComparison>, ignoreTtl: boolean) {
    this.comparisons = comparisons;
    this.ignoreTtl = ignoreTtl;
  }

  begin(scanned: ScannedBatch): void {
    if (this.codecs !== scanned.codecs) {
      this.codecs = scanned.codecs;
      this.states = scanned.codecs.map((codec) => this.digestsOf(codec));
    }
    this.input = rowInput(scanned.reader, scanned.batch);
  }

  /** @returns false when the row's state is not compared */
  digest(batch: KeyedStateRowBatch, row: KeyedStateRow): boolean {
    const state = this.states[row.stateId];
    if (state === undefined) {
      return false;
    }
    if (state.byMeaning) {
      this.digestMeaning(state, batch, row);
      return true;
    }
    const { bytes } = batch;
    this.key.begin(state.seed).addBytes(bytes, row.keyStart, row.keyEnd);
    const value = this.value.begin(state.seed);
    let start = row.valueStart;
    if (state.skip > 0) {
      if (state.codec.kind === 'map' && bytes[start] === 0) {
        value.addBytes(bytes, start, start + 1);
        start += 1 + state.skip;
      } else if (state.codec.kind !== 'map') {
        start += state.skip;
      }
    }
    value.addBytes(bytes, Math.min(start, row.valueEnd), row.valueEnd);
    return true;
  }

  private digestsOf(codec: RowCodec): StateDigests | undefined {
    const comparison = this.comparisons.get(codec.state.name);
    if (comparison === undefined) {
      return undefined;
    }
    const leavesOutTtl = this.ignoreTtl && comparison.hasTtl;
    return {
      codec,
      seed: seedOf(comparison.state),
      byMeaning: comparison.byMeaning || (leavesOutTtl && codec.kind === 'list'),
      skip: leavesOutTtl ? TTL_TIMESTAMP_BYTES : 0,
    };
  }

  private digestMeaning(state: StateDigests, batch: KeyedStateRowBatch, row: KeyedStateRow): void {
    const { codec, seed } = state;
    const input = this.input!;
    const bytes = (start: number, end: number) =>
      new OpaqueValue('bytes', batch.bytes.subarray(start, end));
    const key = orOpaque(
      () =>
        codec.kind === 'timer' ? codec.readTimer(input, row) : keyParts(codec.readKey(input, row)),
      () => bytes(row.keyStart, row.keyEnd),
    );
    const value =
      codec.kind === 'timer'
        ? null
        : orOpaque(
            () => codec.readValue(input, row),
            () => bytes(row.valueStart, row.valueEnd),
          );
    this.key.begin(seed).addText(stableText(key, false));
    this.value.begin(seed).addText(stableText(value, this.ignoreTtl && codec.hasTtl));
  }
}

function keyParts(key: {
  readonly key: unknown;
  readonly namespace: unknown;
  readonly userKey?: unknown;
}): unknown[] {
  return [key.key, key.namespace, key.userKey ?? null];
}
