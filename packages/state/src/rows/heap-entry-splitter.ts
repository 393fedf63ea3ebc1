/**
 * Makes rows of the entries of one state as the heap backend writes them: namespace, key and the
 * whole value, with nothing that says how long they are.
 *
 * Bytes: docs/formats/heap-keyed-state.md
 */
// Hot path.
import {
  type DataInputView,
  type DataOutputView,
  ListSerializer,
  MapSerializer,
  type TypeSerializer,
} from '@millrace/core';
import { LIST_DELIMITER } from '../formats/canonical-keyed-state.ts';
import { CompositeKeyFormat } from '../formats/composite-key.ts';
import {
  requireSerializerSnapshot,
  type StateMetaInfoSnapshot,
} from '../formats/state-meta-info-snapshot.ts';
import type { KeyedStateRow } from './keyed-state-rows.ts';

export class HeapEntrySplitter {
  readonly state: StateMetaInfoSnapshot;
  private readonly stateId: number;
  private readonly keySerializer: TypeSerializer<unknown>;
  private readonly valueSerializer: TypeSerializer<unknown>;
  private readonly list: ListSerializer<unknown> | undefined;
  private readonly map: MapSerializer<unknown, unknown> | undefined;
  /** `undefined` for timers, which are elements and nothing else. */
  private readonly keyFormat: CompositeKeyFormat<unknown, unknown> | undefined;

  constructor(
    state: StateMetaInfoSnapshot,
    of: {
      readonly stateId: number;
      readonly keySerializer: TypeSerializer<unknown>;
      readonly numberOfKeyGroups: number;
    },
  ) {
    this.state = state;
    this.stateId = of.stateId;
    this.keySerializer = of.keySerializer;
    this.valueSerializer = requireSerializerSnapshot(state, 'VALUE_SERIALIZER').restoreSerializer();
    if (state.backendStateType === 'PRIORITY_QUEUE') {
      return;
    }
    const namespace = requireSerializerSnapshot(state, 'NAMESPACE_SERIALIZER');
    const namespaceSerializer = namespace.restoreSerializer();
    this.keyFormat = new CompositeKeyFormat({ ...of, namespaceSerializer });
    const kind = state.options.get('KEYED_STATE_TYPE');
    const whole = this.valueSerializer as unknown;
    this.list = kind === 'LIST' && whole instanceof ListSerializer ? whole : undefined;
    this.map = kind === 'MAP' && whole instanceof MapSerializer ? whole : undefined;
  }

  /** Takes one entry from `input`. A list or a map without elements has no row. */
  split(input: DataInputView, output: DataOutputView, rows: KeyedStateRow[]): void {
    const { keyFormat } = this;
    if (keyFormat === undefined) {
      this.splitTimer(input, output, rows);
      return;
    }
    const namespaceStart = input.position;
    keyFormat.namespaceSerializer.deserialize(input);
    const keyStart = input.position;
    this.keySerializer.deserialize(input);
    const namespace = input.buffer.subarray(namespaceStart, keyStart);
    const key = input.buffer.subarray(keyStart, input.position);
    if (this.map !== undefined) {
      this.splitMap(input, output, { rows, map: this.map, keyFormat, key, namespace });
      return;
    }
    const rowStart = output.position;
    keyFormat.writeBytesAfterPrefix(output, key, namespace);
    const rowKeyEnd = output.position;
    if (this.list !== undefined) {
      if (this.joinElements(input, output, this.list) === 0) {
        output.position = rowStart;
        return;
      }
    } else {
      const valueStart = input.position;
      this.valueSerializer.deserialize(input);
      output.write(input.buffer.subarray(valueStart, input.position));
    }
    this.put(rows, rowStart, rowKeyEnd, output.position);
  }

  private splitTimer(input: DataInputView, output: DataOutputView, rows: KeyedStateRow[]): void {
    const start = input.position;
    this.valueSerializer.deserialize(input);
    const rowStart = output.position;
    output.write(input.buffer.subarray(start, input.position));
    this.put(rows, rowStart, output.position, output.position);
  }

  /** @returns how many there are */
  private joinElements(
    input: DataInputView,
    output: DataOutputView,
    { elementSerializer }: ListSerializer<unknown>,
  ): number {
    const count = input.readCount();
    for (let i = 0; i < count; i++) {
      if (i > 0) {
        output.writeByte(LIST_DELIMITER);
      }
      const start = input.position;
      elementSerializer.deserialize(input);
      output.write(input.buffer.subarray(start, input.position));
    }
    return count;
  }

  private splitMap(
    input: DataInputView,
    output: DataOutputView,
    of: {
      readonly rows: KeyedStateRow[];
      readonly map: MapSerializer<unknown, unknown>;
      readonly keyFormat: CompositeKeyFormat<unknown, unknown>;
      readonly key: Uint8Array;
      readonly namespace: Uint8Array;
    },
  ): void {
    const { rows, map, keyFormat, key, namespace } = of;
    const count = input.readCount();
    for (let i = 0; i < count; i++) {
      const rowStart = output.position;
      keyFormat.writeBytesAfterPrefix(output, key, namespace);
      const userKeyStart = input.position;
      map.keySerializer.deserialize(input);
      output.write(input.buffer.subarray(userKeyStart, input.position));
      const rowKeyEnd = output.position;
      const valueStart = input.position;
      if (!input.readBoolean()) {
        map.valueSerializer.deserialize(input);
      }
      output.write(input.buffer.subarray(valueStart, input.position));
      this.put(rows, rowStart, rowKeyEnd, output.position);
    }
  }

  private put(rows: KeyedStateRow[], keyStart: number, keyEnd: number, valueEnd: number): void {
    rows.push({ stateId: this.stateId, keyStart, keyEnd, valueStart: keyEnd, valueEnd });
  }
}
