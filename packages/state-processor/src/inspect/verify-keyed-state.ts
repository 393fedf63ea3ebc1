/**
 * Checks the keyed state of one subtask: that every byte is understood and none is left over, that
 * each key is in the key group of its hash, and that the subtask has the key groups that are its.
 *
 * Invariant: a wrong key group does not hide what is wrong with the others.
 */
import { DataOutputView, KeyGroupRange, keyGroupRangeForOperatorIndex } from '@millrace/core';
import {
  type KeyedStateHandle,
  type KeyedStateRowBatch,
  type KeyedStateRowReader,
  KeyGroupCheck,
  openKeyedState,
  type RowCodec,
  rowCodecs,
  rowInput,
  stateHandleSizeBytes,
  writeKeyedBackendHeader,
} from '@millrace/state';
import { pathOf } from '../snapshot/describe-files.ts';
import type { Snapshot, SnapshotOperator } from '../snapshot/snapshot.ts';
import type { LongRead } from './long-read.ts';
import type { VerifyCoverage } from './verify-coverage.ts';
import type { ProblemPlace, VerifyProblems } from './verify-problems.ts';

export interface VerifyCounts {
  entries: number;
  keyGroups: number;
}

export class KeyedStateVerifier {
  private readonly operator: SnapshotOperator;
  private readonly problems: VerifyProblems;
  private readonly read: LongRead;
  private readonly counts: VerifyCounts;
  private readonly coverage: VerifyCoverage;
  private readonly place: ProblemPlace;
  private readonly handle: KeyedStateHandle;
  private check: KeyGroupCheck | undefined;

  constructor(
    part: {
      readonly operator: SnapshotOperator;
      readonly subtask: number;
      readonly handle: KeyedStateHandle;
    },
    of: {
      readonly problems: VerifyProblems;
      readonly read: LongRead;
      readonly counts: VerifyCounts;
      readonly coverage: VerifyCoverage;
    },
  ) {
    this.operator = part.operator;
    this.handle = part.handle;
    this.problems = of.problems;
    this.read = of.read;
    this.counts = of.counts;
    this.coverage = of.coverage;
    const { operatorId } = part.operator;
    const file = fileOf(part.handle);
    const place = { operatorId, subtask: part.subtask };
    this.place = file === undefined ? place : { ...place, file };
    this.verifyRange(part.subtask);
  }

  async verify(snapshot: Snapshot): Promise<void> {
    const options = {
      numberOfKeyGroups: this.operator.maxParallelism,
      openStateHandle: snapshot.openStateHandle,
    };
    let reader: KeyedStateRowReader;
    try {
      reader = await openKeyedState(this.handle, options);
    } catch (error) {
      this.problems.caught(error, this.place);
      return;
    }
    try {
      await this.coverage.addKeyed(this.handle, options.numberOfKeyGroups);
      const codecs = rowCodecs(reader.header, options);
      const keySerializer = reader.header.keySerializer.restoreSerializer();
      this.check = new KeyGroupCheck(keySerializer, options.numberOfKeyGroups);
      if ('offsets' in this.handle) {
        await this.verifyKeyGroups(reader, codecs, this.handle);
      } else {
        await this.verifyRows(reader, codecs, undefined);
      }
    } catch (error) {
      this.problems.caught(error, this.place);
    } finally {
      await reader.close();
    }
  }

  private verifyRange(subtask: number): void {
    const expected = keyGroupRangeForOperatorIndex(subtask, this.operator);
    const { keyGroupRange } = this.handle;
    if (`${keyGroupRange}` !== `${expected}`) {
      const { parallelism, maxParallelism } = this.operator;
      const message =
        `subtask ${subtask} of ${parallelism} has the key groups ${keyGroupRange} instead of ` +
        `${expected} of ${maxParallelism}`;
      this.problems.corrupt(message, this.place);
    }
  }

  /** One after the other: what they lie in has no gaps. */
  private async verifyKeyGroups(
    reader: KeyedStateRowReader,
    codecs: readonly RowCodec[],
    handle: Extract<KeyedStateHandle, { readonly offsets: readonly number[] }>,
  ): Promise<void> {
    let expectedStart: number | undefined = headerBytes(reader);
    const isEmpty = (offset: number) => offset === 0 && handle.kind === 'key-groups-savepoint';
    for (const [index, offset] of handle.offsets.entries()) {
      if (isEmpty(offset)) {
        continue;
      }
      const keyGroup = handle.keyGroupRange.startKeyGroup + index;
      this.verifyStart(keyGroup, offset, expectedStart);
      expectedStart = undefined;
      try {
        const range = new KeyGroupRange(keyGroup, keyGroup);
        expectedStart = await this.verifyRows(reader, codecs, range);
      } catch (error) {
        this.problems.caught(error, this.place);
      }
    }
    const size = stateHandleSizeBytes(handle.stream);
    if (expectedStart !== undefined && expectedStart !== size) {
      const message = `${size - expectedStart} bytes follow the last key group of ${reader.source}`;
      this.problems.corrupt(message, { ...this.place, offset: expectedStart });
    }
  }

  private verifyStart(keyGroup: number, offset: number, expected: number | undefined): void {
    if (expected !== undefined && offset !== expected) {
      const message =
        `key group ${keyGroup} begins at byte ${offset}, but what is before it ends at ` +
        `${expected}: the bytes between are of nothing`;
      this.problems.corrupt(message, { ...this.place, offset: Math.min(offset, expected) });
    }
  }

  /** @returns where the last key group ended, if that is known */
  private async verifyRows(
    reader: KeyedStateRowReader,
    codecs: readonly RowCodec[],
    range: KeyGroupRange | undefined,
  ): Promise<number | undefined> {
    let end: number | undefined;
    let keyGroup = -1;
    for await (const batch of reader.rows(range)) {
      this.verifyBatch(reader, codecs, batch);
      this.read.advance(batch.bytes.length);
      this.counts.keyGroups += batch.keyGroup === keyGroup ? 0 : 1;
      keyGroup = batch.keyGroup;
      end = batch.endOffset;
    }
    return end;
  }

  private verifyBatch(
    reader: KeyedStateRowReader,
    codecs: readonly RowCodec[],
    batch: KeyedStateRowBatch,
  ): void {
    const input = rowInput(reader, batch);
    for (const row of batch.rows) {
      const codec = codecs[row.stateId]!;
      this.counts.entries++;
      const at = { state: codec.state.name, offset: batch.fileOffset + row.keyStart };
      try {
        if (codec.kind === 'timer') {
          this.verifyHash(batch, codec.readTimer(input, row).key, at);
        } else {
          this.verifyHash(batch, codec.readKey(input, row).key, at);
          codec.readValue(input, row);
        }
      } catch (error) {
        this.problems.caught(error, { ...this.place, state: codec.state.name });
      }
    }
  }

  private verifyHash(
    batch: KeyedStateRowBatch,
    key: unknown,
    at: { readonly state: string; readonly offset: number },
  ): void {
    const check = this.check!;
    if (!check.knowsHash) {
      return;
    }
    const reason = check.reasonAgainst(key, batch.keyGroup);
    if (reason !== undefined) {
      const message = `a key in key group ${batch.keyGroup} does not belong there: ${reason}`;
      this.problems.corrupt(message, { ...this.place, ...at });
    } else if (!check.knowsHash) {
      const message = `the hash of the key type ${this.operator.keyType} is its class's own`;
      this.problems.notChecked('KEY_TYPE_UNSUPPORTED', message, this.place);
    }
  }
}

function headerBytes(reader: KeyedStateRowReader): number {
  const output = new DataOutputView();
  writeKeyedBackendHeader(output, reader.header);
  return output.position;
}

function fileOf(handle: KeyedStateHandle): string | undefined {
  switch (handle.kind) {
    case 'key-groups':
    case 'key-groups-savepoint':
      return pathOf(handle.stream);
    case 'incremental-remote':
      return pathOf(handle.meta);
    default:
      return undefined;
  }
}
