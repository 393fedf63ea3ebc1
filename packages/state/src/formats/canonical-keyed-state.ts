/**
 * Keyed state of a canonical savepoint: one layout for all backends, so that a savepoint of one is
 * restored by another.
 *
 * Invariants:
 * - A reader decodes with the serializers that wrote the snapshot, whatever the program declares.
 * - Entries are read in windows; at most one key group is in memory as objects.
 *
 * Bytes: docs/formats/canonical-keyed-state.md. Flink: FullSnapshotAsyncWriter, FullSnapshotRestoreOperation.
 */
import { ListSerializer, MapSerializer, type TypeSerializer } from '@millrace/core';
import type { KeyGroupsSavepointStateHandle } from '../snapshot/keyed-state-handle.ts';
import type { OpenStateHandle, StateHandleReader } from '../snapshot/state-handle-reader.ts';
import { CompositeKeyFormat, keyGroupPrefixBytes } from './composite-key.ts';
import { FormatInput } from './format-input.ts';
import type { HeapKeyGroup, HeapStateEntry } from './heap-keyed-state.ts';
import type { KeyedBackendHeader } from './keyed-backend-header.ts';
import {
  checkKeyedStreamSize,
  keyedStreamName,
  readHeaderOf,
  refuseCompressed,
} from './keyed-state-stream.ts';
import {
  requireSerializerSnapshot,
  type StateMetaInfoSnapshot,
} from './state-meta-info-snapshot.ts';

/** In the first byte of the key of a run's last entry: the next state id follows, or the end. */
export const META_DATA_FOLLOWS_FLAG = 0x80;
/** In the place of a state id. */
export const END_OF_KEY_GROUP_MARK = 0xffff;
/** Between the elements of a list. */
export const LIST_DELIMITER = 0x2c; // ','

const WINDOW_BYTES = 256 * 1024;

/**
 * Reads the key groups that `handle` names, one after the other, in the form of heap key groups: of
 * a list all elements, of a map all entries together. Key groups and states without entries are
 * left out.
 *
 * @throws CheckpointError `SNAPSHOT_CORRUPT`, `SNAPSHOT_NOT_FOUND`, `SERIALIZER_SNAPSHOT_UNKNOWN`,
 * `UNSUPPORTED` when compressed
 */
export async function* readCanonicalKeyedState(
  handle: KeyGroupsSavepointStateHandle,
  options: { readonly numberOfKeyGroups: number; readonly openStateHandle: OpenStateHandle },
): AsyncGenerator<HeapKeyGroup, void, undefined> {
  const source = keyedStreamName(handle.stream);
  const reader = await options.openStateHandle(handle.stream);
  try {
    checkKeyedStreamSize(reader, handle.stream, source);
    const header = await readHeaderOf(reader, handle, source);
    refuseCompressed(header, source);
    const decoders = stateDecoders(header, options.numberOfKeyGroups);
    for (const [index, offset] of handle.offsets.entries()) {
      if (offset !== 0) {
        const keyGroup = handle.keyGroupRange.startKeyGroup + index;
        const end = endOf(handle.offsets, index) ?? reader.sizeBytes;
        const cursor = new WindowCursor(reader, { source, start: offset, end });
        yield await new KeyGroupDecoder(decoders, cursor, keyGroup).decode();
      }
    }
  } finally {
    await reader.close();
  }
}

/** A cut handle has lost the offset after its last key group. */
function endOf(offsets: readonly number[], index: number): number | undefined {
  return offsets.slice(index + 1).find((offset) => offset > 0);
}

/** Bytes of a stream from one place on, fetched as they are needed. */
class WindowCursor {
  input: FormatInput;
  private readonly reader: StateHandleReader;
  private readonly source: string;
  private readonly end: number;
  private windowStart: number;

  constructor(
    reader: StateHandleReader,
    place: { readonly source: string; readonly start: number; readonly end: number },
  ) {
    this.reader = reader;
    this.source = place.source;
    this.windowStart = place.start;
    this.end = place.end;
    this.input = new FormatInput(new Uint8Array(), place.source, place.start);
  }

  get offset(): number {
    return this.windowStart + this.input.position;
  }

  has(length: number): boolean {
    return this.input.remaining >= length;
  }

  /** Makes the next `length` bytes available. */
  async fetch(field: string, length: number): Promise<void> {
    const { offset } = this;
    if (length < 0 || offset + length > this.end) {
      throw this.input.corrupt(field, `${length} bytes do not fit before byte ${this.end}`);
    }
    const window = Math.min(this.end - offset, Math.max(length, WINDOW_BYTES));
    this.windowStart = offset;
    this.input = new FormatInput(await this.reader.read(offset, window), this.source, offset);
  }
}

interface StateDecoder {
  readonly stateId: number;
  readonly state: StateMetaInfoSnapshot;
  readonly prefixBytes: number;
  /** `undefined` for timers, which are keys and nothing else. */
  readonly keyFormat: CompositeKeyFormat<unknown, unknown> | undefined;
  readonly valueSerializer: TypeSerializer<unknown>;
}

function stateDecoders(header: KeyedBackendHeader, numberOfKeyGroups: number): StateDecoder[] {
  const keySerializer = header.keySerializer.restoreSerializer();
  return header.states.map((state, stateId) => {
    const isQueue = state.backendStateType === 'PRIORITY_QUEUE';
    const namespace = isQueue
      ? undefined
      : requireSerializerSnapshot(state, 'NAMESPACE_SERIALIZER');
    return {
      stateId,
      state,
      prefixBytes: keyGroupPrefixBytes(numberOfKeyGroups),
      keyFormat:
        namespace === undefined
          ? undefined
          : new CompositeKeyFormat({
              keySerializer,
              namespaceSerializer: namespace.restoreSerializer(),
              numberOfKeyGroups,
            }),
      valueSerializer: requireSerializerSnapshot(state, 'VALUE_SERIALIZER').restoreSerializer(),
    };
  });
}

interface Collected {
  readonly entries: HeapStateEntry[];
  readonly elements: unknown[];
  /** The maps by the bytes of key and namespace: each of their entries comes on its own. */
  readonly maps: Map<string, Map<unknown, unknown>>;
}

class KeyGroupDecoder {
  private readonly decoders: readonly StateDecoder[];
  private readonly cursor: WindowCursor;
  private readonly keyGroup: number;
  private readonly collected = new Map<StateDecoder, Collected>();

  constructor(decoders: readonly StateDecoder[], cursor: WindowCursor, keyGroup: number) {
    this.decoders = decoders;
    this.cursor = cursor;
    this.keyGroup = keyGroup;
  }

  async decode(): Promise<HeapKeyGroup> {
    const { cursor, keyGroup } = this;
    const startOffset = cursor.offset;
    for (let decoder = await this.nextState(); decoder !== undefined; ) {
      decoder = (await this.decodeEntry(decoder)) ? await this.nextState() : decoder;
    }
    const states = Array.from(this.collected, ([{ stateId, state }, { entries, elements }]) => ({
      keyGroup,
      stateId,
      state,
      entries,
      elements,
    }));
    return { keyGroup, startOffset, endOffset: cursor.offset, states };
  }

  /** `undefined` at the end of the key group. */
  private async nextState(): Promise<StateDecoder | undefined> {
    const { cursor } = this;
    if (!cursor.has(2)) {
      await cursor.fetch('state id', 2);
    }
    const at = cursor.input.position;
    const stateId = cursor.input.read('state id', (view) => view.readUnsignedShort());
    if (stateId === END_OF_KEY_GROUP_MARK) {
      return undefined;
    }
    const decoder = this.decoders[stateId];
    if (decoder === undefined) {
      const what = `state id in key group ${this.keyGroup}`;
      throw cursor.input.corrupt(what, `${stateId} is not expected`, at);
    }
    if (!this.collected.has(decoder)) {
      this.collected.set(decoder, { entries: [], elements: [], maps: new Map() });
    }
    return decoder;
  }

  /** @returns true when it was the last of its run */
  private async decodeEntry(decoder: StateDecoder): Promise<boolean> {
    const { cursor } = this;
    const where = `of state '${decoder.state.name}' in key group ${this.keyGroup}`;
    const keyLength = await this.length(`key length ${where}`);
    const keyEnd = cursor.input.position + keyLength;
    const isLast = this.readKeyGroup(decoder, where);
    const accept = this.readKey(decoder, { keyEnd, where });
    this.expectAt(keyEnd, `key ${where}`);
    const valueLength = await this.length(`value length ${where}`);
    const valueEnd = cursor.input.position + valueLength;
    accept(valueEnd);
    this.expectAt(valueEnd, `value ${where}`);
    return isLast;
  }

  private async length(field: string): Promise<number> {
    const { cursor } = this;
    if (!cursor.has(4)) {
      await cursor.fetch(field, 4);
    }
    const length = cursor.input.int(field);
    if (length < 0 || !cursor.has(length)) {
      await cursor.fetch(field, length);
    }
    return length;
  }

  private readKeyGroup(decoder: StateDecoder, where: string): boolean {
    const { input } = this.cursor;
    const at = input.position;
    const first = input.unsignedByte(`key group ${where}`);
    const high = first & ~META_DATA_FOLLOWS_FLAG;
    const stored =
      decoder.prefixBytes === 1 ? high : high * 256 + input.unsignedByte(`key group ${where}`);
    if (stored !== this.keyGroup) {
      throw input.corrupt(`key group ${where}`, `it is ${stored}`, at);
    }
    return (first & META_DATA_FOLLOWS_FLAG) !== 0;
  }

  /** Reads a key; gives what then reads the value and keeps both. */
  private readKey(
    decoder: StateDecoder,
    { keyEnd, where }: { keyEnd: number; where: string },
  ): (valueEnd: number) => void {
    const { valueSerializer, keyFormat } = decoder;
    const { input } = this.cursor;
    const { entries, elements, maps } = this.collected.get(decoder)!;
    if (keyFormat === undefined) {
      elements.push(input.decode(`element ${where}`, (view) => valueSerializer.deserialize(view)));
      return () => {};
    }
    const keyStart = input.position;
    const entry = input.decode(`key ${where}`, (view) => keyFormat.readAfterPrefix(view));
    const serializer = valueSerializer as unknown;
    const kind = decoder.state.options.get('KEYED_STATE_TYPE');
    if (kind === 'MAP' && serializer instanceof MapSerializer) {
      const identity = input.slice(keyStart, input.position).toString('latin1');
      const userKey = input.decode(`user key ${where}`, (view) =>
        serializer.keySerializer.deserialize(view),
      );
      this.expectAt(keyEnd, `user key ${where}`);
      let map = maps.get(identity);
      if (map === undefined) {
        map = new Map();
        maps.set(identity, map);
        entries.push({ ...entry, value: map });
      }
      const of = map;
      return (end) => of.set(userKey, this.userValue(serializer, { end, where }));
    }
    const read =
      kind === 'LIST' && serializer instanceof ListSerializer
        ? (end: number) => this.list(serializer, { end, where })
        : () =>
            this.cursor.input.decode(`value ${where}`, (view) => valueSerializer.deserialize(view));
    return (end) => entries.push({ ...entry, value: read(end) });
  }

  private userValue(
    serializer: MapSerializer<unknown, unknown>,
    { end, where }: { end: number; where: string },
  ): unknown {
    const { input } = this.cursor;
    if (input.boolean(`null flag ${where}`)) {
      input.seek(`value ${where}`, end); // What stands for nothing is never read.
      return null;
    }
    return input.decode(`value ${where}`, (view) => serializer.valueSerializer.deserialize(view));
  }

  private list(
    serializer: ListSerializer<unknown>,
    { end, where }: { end: number; where: string },
  ): unknown[] {
    const { input } = this.cursor;
    const elements: unknown[] = [];
    while (input.position < end) {
      if (elements.length > 0 && input.unsignedByte(`delimiter ${where}`) !== LIST_DELIMITER) {
        throw input.corrupt(`delimiter ${where}`, 'it is not a comma', input.position - 1);
      }
      elements.push(
        input.decode(`element ${where}`, (view) => serializer.elementSerializer.deserialize(view)),
      );
    }
    return elements;
  }

  private expectAt(end: number, field: string): void {
    const { input } = this.cursor;
    if (input.position !== end) {
      throw input.corrupt(field, `it ends at ${input.position - end} bytes from where it should`);
    }
  }
}
