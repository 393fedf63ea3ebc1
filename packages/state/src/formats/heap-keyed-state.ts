/**
 * Keyed state as the heap backend writes it: per key group, each state with all its entries.
 *
 * Invariants:
 * - A reader decodes with the serializers that wrote the snapshot, whatever the program declares.
 * - At most one key group is in memory.
 *
 * Bytes: docs/formats/heap-keyed-state.md. Flink: HeapSnapshotStrategy, HeapRestoreOperation.
 */
import type { TypeSerializer } from '@millrace/core';
import { FormatInput } from './format-input.ts';
import type { KeyedBackendHeader } from './keyed-backend-header.ts';
import {
  requireSerializerSnapshot,
  type StateMetaInfoSnapshot,
} from './state-meta-info-snapshot.ts';

export interface HeapStateEntry {
  readonly namespace: unknown;
  readonly key: unknown;
  /** The whole state: of a list all elements, of a map all entries. */
  readonly value: unknown;
}

/** One state in one key group. */
export interface HeapKeyGroupState {
  readonly keyGroup: number;
  readonly stateId: number;
  readonly state: StateMetaInfoSnapshot;
  /** Of a `KEY_VALUE` state. */
  readonly entries: readonly HeapStateEntry[];
  /** Of a `PRIORITY_QUEUE` state: timers. */
  readonly elements: readonly unknown[];
}

export interface HeapKeyGroup {
  readonly keyGroup: number;
  /** First byte in the stream, and the one after the last. */
  readonly startOffset: number;
  readonly endOffset: number;
  /** Every state of the header, in the order of the stream. */
  readonly states: readonly HeapKeyGroupState[];
}

interface StateDecoder {
  readonly state: StateMetaInfoSnapshot;
  readonly namespaceSerializer: TypeSerializer<unknown> | undefined;
  readonly valueSerializer: TypeSerializer<unknown>;
}

/** Decodes key groups that are in memory whole. */
export class HeapKeyGroupDecoder {
  private readonly source: string;
  private readonly keySerializer: TypeSerializer<unknown>;
  private readonly states: readonly StateDecoder[];

  constructor(header: KeyedBackendHeader, source: string) {
    this.source = source;
    this.keySerializer = header.keySerializer.restoreSerializer();
    this.states = header.states.map((state) => {
      const isQueue = state.backendStateType === 'PRIORITY_QUEUE';
      const snapshot = isQueue
        ? undefined
        : requireSerializerSnapshot(state, 'NAMESPACE_SERIALIZER');
      return {
        state,
        namespaceSerializer: snapshot?.restoreSerializer(),
        valueSerializer: requireSerializerSnapshot(state, 'VALUE_SERIALIZER').restoreSerializer(),
      };
    });
  }

  /** @throws CheckpointError `SNAPSHOT_CORRUPT`, `SERIALIZER_SNAPSHOT_UNKNOWN` */
  decode(keyGroup: number, bytes: Uint8Array, startOffset: number): HeapKeyGroup {
    const input = new FormatInput(bytes, this.source, startOffset);
    const stored = input.int('key group');
    if (stored !== keyGroup) {
      throw input.corrupt('key group', `it is ${stored} instead of ${keyGroup}`, 0);
    }
    const seen = new Set<number>();
    const states: HeapKeyGroupState[] = [];
    for (let i = 0; i < this.states.length; i++) {
      const at = input.position;
      const stateId = input.read('state id', (view) => view.readUnsignedShort());
      const decoder = this.states[stateId];
      if (decoder === undefined || seen.has(stateId)) {
        throw input.corrupt(`state id in key group ${keyGroup}`, `${stateId} is not expected`, at);
      }
      seen.add(stateId);
      states.push(this.decodeState(input, { keyGroup, stateId }, decoder));
    }
    if (input.remaining > 0) {
      const reason = `${input.remaining} bytes follow that do not belong there`;
      throw input.corrupt(`end of key group ${keyGroup}`, reason);
    }
    return { keyGroup, startOffset, endOffset: startOffset + input.position, states };
  }

  private decodeState(
    input: FormatInput,
    ids: { keyGroup: number; stateId: number },
    decoder: StateDecoder,
  ): HeapKeyGroupState {
    const { state, namespaceSerializer, valueSerializer } = decoder;
    const where = `of state '${state.name}' in key group ${ids.keyGroup}`;
    // An entry has a byte at least: a namespace, or an element.
    const count = input.count(`number of entries ${where}`, 1);
    const entries: HeapStateEntry[] = [];
    const elements: unknown[] = [];
    for (let i = 0; i < count; i++) {
      if (namespaceSerializer === undefined) {
        elements.push(
          input.decode(`element ${where}`, (view) => valueSerializer.deserialize(view)),
        );
        continue;
      }
      const namespace = input.decode(`namespace ${where}`, (view) =>
        namespaceSerializer.deserialize(view),
      );
      const key = input.decode(`key ${where}`, (view) => this.keySerializer.deserialize(view));
      const value = input.decode(`value ${where}`, (view) => valueSerializer.deserialize(view));
      entries.push({ namespace, key, value });
    }
    return { ...ids, state, entries, elements };
  }
}
