/**
 * Values of the heap as rows of the layout that all backends share, for readers from outside.
 *
 * Flink: HeapSnapshotStrategy for canonical savepoints. Bytes: docs/formats/canonical-keyed-state.md
 */
// Hot path.
import { ListSerializer, MapSerializer, type TypeSerializer } from '@millrace/core';
import {
  CompositeKeyFormat,
  LIST_DELIMITER,
  type RowPageWriter,
  type StateMeta,
  stateNotWritten,
} from '@millrace/state';
import {
  type ArrayPrefix,
  entriesOf,
  type ListContents,
  type MapEntry,
  type MapValue,
} from './contents.ts';
import { arrayOf } from './heap-snapshot.ts';
import type { SnapshotFilter } from './snapshot-filter.ts';
import type { StateTable } from './state-table.ts';
import { valueAt } from './versions.ts';

export interface HeapRowsOptions {
  readonly stateId: number;
  readonly table: StateTable<unknown, unknown>;
  readonly keySerializer: TypeSerializer<unknown>;
  readonly numberOfKeyGroups: number;
  /** What is read; `Number.MAX_VALUE` for the latest. */
  readonly version: number;
  /** Hides what has expired. */
  readonly filter: SnapshotFilter | undefined;
}

/** Of one state in one version. */
export class HeapRows {
  readonly stateId: number;
  private readonly options: HeapRowsOptions;
  private readonly table: StateTable<unknown, unknown>;
  /** Of the version: the table may get another one. */
  private readonly meta: StateMeta<unknown>;
  private readonly keyFormat: CompositeKeyFormat<unknown, unknown>;
  private readonly map: MapSerializer<unknown, unknown> | undefined;
  private readonly list: ListSerializer<unknown> | undefined;

  constructor(options: HeapRowsOptions) {
    const { table, keySerializer, numberOfKeyGroups } = options;
    const { kind, namespaceSerializer } = table.meta;
    const serializer = table.meta.stateSerializer as unknown;
    this.stateId = options.stateId;
    this.options = options;
    this.table = table;
    this.meta = table.meta;
    this.keyFormat = new CompositeKeyFormat({
      keySerializer,
      namespaceSerializer,
      numberOfKeyGroups,
    });
    this.map = kind === 'map' && serializer instanceof MapSerializer ? serializer : undefined;
    this.list = kind === 'list' && serializer instanceof ListSerializer ? serializer : undefined;
  }

  /**
   * @param from - of a map: the entry to begin with
   * @param isFull - asked after each row
   * @returns of a map that did not fit: the entry to go on with; else -1
   * @throws TaskError naming the state, for a value that is not of its type
   */
  writeRow(
    writer: RowPageWriter,
    of: {
      readonly row: number;
      readonly keyGroup: number;
      readonly from: number;
      isFull(): boolean;
    },
  ): number {
    const { row, keyGroup } = of;
    const { filter, version } = this.options;
    const { meta } = this;
    const old = this.table.valueAt(row, version);
    if (old === undefined || filter?.leavesOut(old)) {
      return -1; // It came after the version, or has expired.
    }
    const value = filter === undefined ? old : filter.contents(old);
    try {
      if (this.map !== undefined) {
        return this.writeMap(writer, of, value);
      }
      this.beginRow(writer, row);
      writer.beginValue();
      if (this.list !== undefined) {
        this.writeList(writer, this.list, value);
      } else {
        meta.stateSerializer.serialize(value, writer.output);
      }
      writer.endRow(keyGroup, this.stateId);
      return -1;
    } catch (error) {
      throw stateNotWritten(`${meta.kind} state '${meta.name}'`, error);
    }
  }

  private writeMap(
    writer: RowPageWriter,
    of: {
      readonly row: number;
      readonly keyGroup: number;
      readonly from: number;
      isFull(): boolean;
    },
    value: unknown,
  ): number {
    const { keySerializer, valueSerializer } = this.map as MapSerializer<unknown, unknown>;
    const contents = entriesOf(value as MapValue | ArrayPrefix<MapEntry>);
    const { elements, length } = contents;
    for (let i = of.from; i < length; i++) {
      const entry = elements[i] as MapEntry;
      const entryValue = valueAt(entry, this.options.version);
      const isNull = entryValue === undefined || entryValue === null;
      this.beginRow(writer, of.row);
      keySerializer.serialize(entry.userKey, writer.output);
      writer.beginValue();
      writer.output.writeBoolean(isNull);
      if (!isNull) {
        valueSerializer.serialize(entryValue, writer.output);
      }
      writer.endRow(of.keyGroup, this.stateId);
      if (of.isFull() && i + 1 < length) {
        return i + 1;
      }
    }
    return -1;
  }

  private writeList(
    { output }: RowPageWriter,
    { elementSerializer }: ListSerializer<unknown>,
    value: unknown,
  ): void {
    const { elements, length } = arrayOf(value as ListContents | ArrayPrefix<unknown>);
    for (let i = 0; i < length; i++) {
      if (i > 0) {
        output.writeByte(LIST_DELIMITER);
      }
      elementSerializer.serialize(elements[i], output);
    }
  }

  private beginRow(writer: RowPageWriter, row: number): void {
    writer.beginKey();
    this.keyFormat.writeAfterPrefix(writer.output, {
      key: this.table.keyOf(row),
      namespace: this.table.namespaceOf(row),
    });
  }
}
