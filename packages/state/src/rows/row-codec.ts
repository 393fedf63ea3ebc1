/**
 * What the bytes of a row mean, by the serializers of the snapshot that it is from.
 *
 * Bytes: docs/formats/canonical-keyed-state.md
 */
// Hot path.
import {
  DataInputView,
  type DataOutputView,
  ListSerializer,
  MapSerializer,
  type SerializedTimer,
  TTL_SNAPSHOT_CLASS,
  type TypeSerializer,
} from '@millrace/core';
import { LIST_DELIMITER } from '../formats/canonical-keyed-state.ts';
import { type CompositeKey, CompositeKeyFormat } from '../formats/composite-key.ts';
import type { FormatInput } from '../formats/format-input.ts';
import type { KeyedBackendHeader } from '../formats/keyed-backend-header.ts';
import {
  requireSerializerSnapshot,
  type StateMetaInfoSnapshot,
} from '../formats/state-meta-info-snapshot.ts';
import { type KeyedStateRow, type KeyedStateRowBatch, placedInput } from './keyed-state-rows.ts';

/** `value`: of reducing and aggregating state too. */
export type RowKind = 'value' | 'list' | 'map' | 'timer';

export interface RowKey extends CompositeKey<unknown, unknown> {
  /** Of a map, with the place where it begins in the bytes of the batch. */
  readonly userKey?: unknown;
  readonly userKeyStart?: number;
}

/** By state id. */
export function rowCodecs(
  header: KeyedBackendHeader,
  options: { readonly numberOfKeyGroups: number },
): RowCodec[] {
  const keySerializer = header.keySerializer.restoreSerializer();
  return header.states.map((state) => new RowCodec(state, { ...options, keySerializer }));
}

export interface RowInputSource {
  readonly source: string;
}

/** The bytes of a batch, for the codecs of its rows; messages then name the file and the place. */
export function rowInput(reader: RowInputSource, batch: KeyedStateRowBatch): FormatInput {
  return placedInput(batch.bytes, batch.source ?? reader.source, batch);
}

/** One state. */
export class RowCodec {
  readonly state: StateMetaInfoSnapshot;
  readonly kind: RowKind;
  /** Of what a row holds: the element of a list, the value of a map's entry, the timer. */
  readonly contentSerializer: TypeSerializer<unknown>;
  /** Of a map. */
  readonly userKeySerializer: TypeSerializer<unknown> | undefined;
  /** What a row holds is a `TtlValue`. Fields of such names alone tell nothing: a program's type may have them. */
  readonly hasTtl: boolean;
  private readonly keyFormat: CompositeKeyFormat<unknown, unknown> | undefined;
  private readonly keyField: string;
  private readonly userKeyField: string;
  private readonly valueField: string;
  // Made once, not for each row.
  private readonly decodeKey = (view: DataInputView) => this.keyFormat!.readAfterPrefix(view);
  private readonly decodeUserKey = (view: DataInputView) =>
    this.userKeySerializer!.deserialize(view);
  private readonly decodeContent = (view: DataInputView) =>
    this.contentSerializer.deserialize(view);

  constructor(
    state: StateMetaInfoSnapshot,
    options: {
      readonly keySerializer: TypeSerializer<unknown>;
      readonly numberOfKeyGroups: number;
    },
  ) {
    this.state = state;
    this.keyField = `key of state '${state.name}'`;
    this.userKeyField = `user key of state '${state.name}'`;
    this.valueField = `value of state '${state.name}'`;
    const whole = requireSerializerSnapshot(
      state,
      'VALUE_SERIALIZER',
    ).restoreSerializer() as unknown;
    const kind = state.options.get('KEYED_STATE_TYPE');
    this.contentSerializer = whole as TypeSerializer<unknown>;
    if (state.backendStateType === 'PRIORITY_QUEUE') {
      this.kind = 'timer';
      this.hasTtl = false;
      return;
    }
    const namespace = requireSerializerSnapshot(state, 'NAMESPACE_SERIALIZER');
    this.keyFormat = new CompositeKeyFormat({
      ...options,
      namespaceSerializer: namespace.restoreSerializer(),
    });
    if (kind === 'MAP' && whole instanceof MapSerializer) {
      this.kind = 'map';
      this.userKeySerializer = whole.keySerializer;
      this.contentSerializer = whole.valueSerializer;
    } else if (kind === 'LIST' && whole instanceof ListSerializer) {
      this.kind = 'list';
      this.contentSerializer = whole.elementSerializer;
    } else {
      this.kind = 'value';
    }
    this.hasTtl = this.contentSerializer.snapshotConfiguration().className === TTL_SNAPSHOT_CLASS;
  }

  /** Of another kind than `timer`. */
  readKey(input: FormatInput, row: KeyedStateRow): RowKey {
    input.seek('key', row.keyStart);
    const { key, namespace } = input.decode(this.keyField, this.decodeKey);
    if (this.kind !== 'map') {
      this.expectAt(input, row.keyEnd, 'key');
      return { key, namespace };
    }
    const userKeyStart = input.position;
    return { key, namespace, userKey: this.readUserKey(input, row, userKeyStart), userKeyStart };
  }

  /** Of a map, where the place is known from a row with the same key and namespace. */
  readUserKey(input: FormatInput, row: KeyedStateRow, userKeyStart: number): unknown {
    input.seek('user key', userKeyStart);
    const userKey = input.decode(this.userKeyField, this.decodeUserKey);
    this.expectAt(input, row.keyEnd, 'user key');
    return userKey;
  }

  readTimer(input: FormatInput, row: KeyedStateRow): SerializedTimer<unknown, unknown> {
    input.seek('timer', row.keyStart);
    const timer = this.readContent(input);
    this.expectAt(input, row.keyEnd, 'timer');
    if (row.valueEnd !== row.valueStart) {
      const bytes = row.valueEnd - row.valueStart;
      const what = `value of state '${this.state.name}'`;
      throw input.corrupt(what, `a timer has none, and there are ${bytes} bytes`, row.valueStart);
    }
    return timer as SerializedTimer<unknown, unknown>;
  }

  /** Of a list an array; of a map the value of one entry, which may be `null`. */
  readValue(input: FormatInput, row: KeyedStateRow): unknown {
    input.seek('value', row.valueStart);
    if (this.kind === 'list') {
      return this.readList(input, row.valueEnd);
    }
    if (this.kind === 'map' && input.boolean(this.valueField)) {
      return null; // What stands for nothing is never read.
    }
    const value = this.readContent(input);
    this.expectAt(input, row.valueEnd, 'value');
    return value;
  }

  /** What follows the key group. */
  writeKey(output: DataOutputView, entry: RowKey): void {
    this.keyFormat!.writeAfterPrefix(output, entry);
    this.userKeySerializer?.serialize(entry.userKey, output);
  }

  writeValue(output: DataOutputView, value: unknown): void {
    if (this.kind === 'list') {
      for (const [index, element] of (value as readonly unknown[]).entries()) {
        if (index > 0) {
          output.writeByte(LIST_DELIMITER);
        }
        this.contentSerializer.serialize(element, output);
      }
      return;
    }
    if (this.kind === 'map') {
      const isNull = value === null || value === undefined;
      output.writeBoolean(isNull);
      if (isNull) {
        return;
      }
    }
    this.contentSerializer.serialize(value, output);
  }

  /** How many bytes of a row's key are key and namespace. Of another kind than `timer`. */
  scopeBytes(key: Uint8Array): number {
    const view = new DataInputView(key);
    this.keyFormat!.readAfterPrefix(view);
    return view.position;
  }

  /** Where each element of a list ends in the bytes of the batch. */
  elementEnds(input: FormatInput, row: KeyedStateRow): number[] {
    const ends: number[] = [];
    input.seek('value', row.valueStart);
    this.readList(input, row.valueEnd, () => ends.push(input.position));
    return ends;
  }

  private readContent(input: FormatInput): unknown {
    return input.decode(this.valueField, this.decodeContent);
  }

  private readList(input: FormatInput, end: number, onElement?: () => void): unknown[] {
    const elements: unknown[] = [];
    while (input.position < end) {
      const field = `delimiter of state '${this.state.name}'`;
      if (elements.length > 0 && input.unsignedByte(field) !== LIST_DELIMITER) {
        throw input.corrupt(field, 'it is not a comma', input.position - 1);
      }
      elements.push(this.readContent(input));
      onElement?.();
    }
    this.expectAt(input, end, 'list');
    return elements;
  }

  private expectAt(input: FormatInput, end: number, field: string): void {
    if (input.position !== end) {
      const bytes = input.position - end;
      const what = `${field} of state '${this.state.name}'`;
      throw input.corrupt(what, `it ends at ${bytes} bytes from where it should`);
    }
  }
}
