/**
 * Rows of timers in raw keyed state: where a backend keeps timers on the heap, each key group has those
 * of all timer services, with their serializers.
 *
 * Invariants:
 * - The rows are those of the states `_timer_state/event_<service>` and
 *   `_timer_state/processing_<service>`, as if the backend had kept the timers.
 * - Of a key group a window is in memory.
 *
 * Bytes: docs/formats/raw-keyed-timers.md. Flink: InternalTimerServiceSerializationProxy,
 * InternalTimersSnapshotReaderWriters.
 */
import {
  CheckpointError,
  DataOutputView,
  errorCode,
  type KeyGroupRange,
  readVersionedSnapshot,
  TimerSerializer,
  type TypeSerializer,
  type TypeSerializerSnapshot,
} from '@millrace/core';
import { FormatInput } from '../formats/format-input.ts';
import type { KeyedBackendHeader } from '../formats/keyed-backend-header.ts';
import { checkKeyedStreamSize, keyedStreamName } from '../formats/keyed-state-stream.ts';
import type { StateMetaInfoSnapshot } from '../formats/state-meta-info-snapshot.ts';
import type { KeyedStateHandle, KeyGroupsStateHandle } from '../snapshot/keyed-state-handle.ts';
import type { OpenStateHandle, StateHandleReader } from '../snapshot/state-handle-reader.ts';
import { closeReadersAfterFailure } from './close-readers.ts';
import { PlainKeyGroupBytes } from './key-group-bytes.ts';
import type { KeyedStateRow, KeyedStateRowBatch, KeyedStateRowReader } from './keyed-state-rows.ts';

const IDENTIFIER = 0xf1cd859f;
const IDENTIFIER_BYTES = 4;
const VERSION = 2;
const BATCH_BYTES = 256 * 1024;
const TIMESTAMP_BYTES = 8;
const CUT: unique symbol = Symbol('cut');

interface TimerService {
  readonly name: string;
  readonly keySerializer: TypeSerializerSnapshot<unknown>;
  readonly namespaceSerializer: TypeSerializerSnapshot<unknown>;
}

export class RawTimersRowReader implements KeyedStateRowReader {
  readonly source: string;
  readonly header: KeyedBackendHeader;
  readonly keyGroupRange: KeyGroupRange;
  private readonly offsets: readonly number[];
  private readonly reader: StateHandleReader;
  private readonly services: readonly TimerService[];

  private constructor(
    handle: KeyGroupsStateHandle,
    opened: {
      readonly source: string;
      readonly header: KeyedBackendHeader;
      readonly reader: StateHandleReader;
      readonly services: readonly TimerService[];
    },
  ) {
    this.source = opened.source;
    this.header = opened.header;
    this.keyGroupRange = handle.keyGroupRange;
    this.offsets = handle.offsets;
    this.reader = opened.reader;
    this.services = opened.services;
  }

  /**
   * @param options - `keySerializer`: of the keys, for an operator without any timer service
   * @throws CheckpointError `SNAPSHOT_CORRUPT`, `SNAPSHOT_NOT_FOUND`, `SERIALIZER_SNAPSHOT_UNKNOWN`,
   * `SNAPSHOT_VERSION_UNSUPPORTED`, `UNSUPPORTED` for raw keyed state that is something else
   */
  static async open(
    handle: KeyGroupsStateHandle,
    options: {
      readonly openStateHandle: OpenStateHandle;
      readonly keySerializer?: TypeSerializerSnapshot<unknown> | undefined;
    },
  ): Promise<RawTimersRowReader> {
    const source = `raw ${keyedStreamName(handle.stream)}`;
    const reader = await options.openStateHandle(handle.stream);
    try {
      checkKeyedStreamSize(reader, handle.stream, source);
      const { offsets } = handle;
      const first = offsets.findIndex((offset) => offset >= 0);
      const place = placeOf({ source, offsets, reader }, first);
      const services = place === undefined ? [] : await new TimerGroup(place, []).readAllServices();
      const keySerializer = services[0]?.keySerializer ?? options.keySerializer;
      if (keySerializer === undefined) {
        throw new CheckpointError(
          'UNSUPPORTED',
          `${source} has no timers and does not say which type the keys have`,
        );
      }
      const states = services.flatMap((service) => statesOf(service));
      const header = { compressed: false, keySerializer, states };
      return new RawTimersRowReader(handle, { source, header, reader, services });
    } catch (error) {
      await closeReadersAfterFailure([reader]);
      throw error;
    }
  }

  async *rows(
    keyGroups: KeyGroupRange = this.keyGroupRange,
  ): AsyncGenerator<KeyedStateRowBatch, void, undefined> {
    for (const index of this.offsets.keys()) {
      const keyGroup = this.keyGroupRange.startKeyGroup + index;
      const place = keyGroups.contains(keyGroup) ? this.placeOf(index) : undefined;
      if (place !== undefined) {
        yield* new TimerGroup(place, this.services).batches(keyGroup);
      }
    }
  }

  async close(): Promise<void> {
    await this.reader.close();
  }

  private placeOf(index: number): Place | undefined {
    const { source, offsets, reader } = this;
    return placeOf({ source, offsets, reader }, index);
  }
}

/** Whether raw keyed state is timers, and not something of the operator's own. */
export async function holdsRawTimers(
  handle: KeyedStateHandle | undefined,
  openStateHandle: OpenStateHandle,
): Promise<boolean> {
  const offset = handle?.kind === 'key-groups' ? handle.offsets.find((each) => each >= 0) : -1;
  if (handle?.kind !== 'key-groups' || offset === undefined || offset < 0) {
    return false;
  }
  const reader = await openStateHandle(handle.stream);
  try {
    const bytes = await reader.read(offset, IDENTIFIER_BYTES);
    return Buffer.from(bytes).readUInt32BE() === IDENTIFIER;
  } finally {
    await reader.close();
  }
}

interface Place {
  readonly source: string;
  readonly bytes: PlainKeyGroupBytes;
}

function placeOf(
  of: {
    readonly source: string;
    readonly offsets: readonly number[];
    readonly reader: StateHandleReader;
  },
  index: number,
): Place | undefined {
  const { source, offsets, reader } = of;
  const start = offsets[index];
  if (start === undefined || start < 0) {
    return undefined;
  }
  // A rescaled handle has lost the offset after its last key group.
  const end = offsets.slice(index + 1).find((offset) => offset >= 0) ?? reader.sizeBytes;
  if (start > end || end > reader.sizeBytes) {
    const message = `${source} is corrupt: a key group cannot begin at ${start} and end at ${end}`;
    throw new CheckpointError('SNAPSHOT_CORRUPT', `${message}; restore another snapshot`);
  }
  return { source, bytes: new PlainKeyGroupBytes(reader, { source, start, end }) };
}

/** The timers of a service as the two states that they are elsewhere: event time first. */
function statesOf({ name, keySerializer, namespaceSerializer }: TimerService) {
  const timers = new TimerSerializer(
    keySerializer.restoreSerializer(),
    namespaceSerializer.restoreSerializer(),
  ).snapshotConfiguration() as TypeSerializerSnapshot<unknown>;
  return ['event', 'processing'].map(
    (domain): StateMetaInfoSnapshot => ({
      name: `_timer_state/${domain}_${name}`,
      backendStateType: 'PRIORITY_QUEUE',
      options: new Map(),
      serializers: new Map([['VALUE_SERIALIZER', timers]]),
    }),
  );
}

/** One key group. */
class TimerGroup {
  private readonly window: PlainKeyGroupBytes;
  private readonly source: string;
  /** Those of the first key group; none while they are read. */
  private readonly expected: readonly TimerService[];
  private input: FormatInput;
  private output = new DataOutputView();
  private rows: KeyedStateRow[] = [];
  private batchOffset = 0;
  private attemptedAt = 0;

  constructor({ bytes, source }: Place, expected: readonly TimerService[]) {
    this.window = bytes;
    this.source = source;
    this.expected = expected;
    this.input = new FormatInput(new Uint8Array(), source, bytes.fileOffset);
  }

  /** Passes over the timers. */
  async readAllServices(): Promise<TimerService[]> {
    const services: TimerService[] = [];
    const count = await this.begin();
    for (let index = 0; index < count; index++) {
      const service = await this.readService();
      services.push(service);
      for (let domain = 0; domain < 2; domain++) {
        for await (const _ of this.timers(service, 0)) {
          this.output.position = 0;
          this.rows.length = 0;
        }
      }
    }
    return services;
  }

  async *batches(keyGroup: number): AsyncGenerator<KeyedStateRowBatch, void, undefined> {
    const count = await this.begin();
    if (count !== this.expected.length) {
      const what = `it has ${count}, another key group has ${this.expected.length}`;
      throw this.input.corrupt('number of timer services', what);
    }
    for (let index = 0; index < count; index++) {
      const service = await this.readService();
      if (service.name !== this.expected[index]!.name) {
        const what = `'${service.name}' is not in every key group`;
        throw this.input.corrupt('name of a timer service', what);
      }
      for (let domain = 0; domain < 2; domain++) {
        for await (const isFull of this.timers(service, 2 * index + domain)) {
          if (isFull) {
            yield this.takeBatch(keyGroup);
          }
        }
      }
    }
    if (this.rows.length > 0) {
      yield this.takeBatch(keyGroup);
    }
  }

  /** @returns the number of services */
  private async begin(): Promise<number> {
    this.batchOffset = this.window.fileOffset;
    const identifier = await this.read((input) => input.int('identifier') >>> 0);
    if (identifier !== IDENTIFIER) {
      throw new CheckpointError(
        'UNSUPPORTED',
        `${this.source} holds no timers but something of the operator's own, which only its ` +
          'program can read',
      );
    }
    const version = await this.read((input) => input.int('version'));
    if (version !== VERSION) {
      throw new CheckpointError(
        'SNAPSHOT_VERSION_UNSUPPORTED',
        `${this.source} has timers of format version ${version}; ${VERSION} can be read (Flink 1.8 to 1.20)`,
      );
    }
    const field = 'number of timer services';
    return this.read((input) => input.intBetween(field, 0, 0x7fff));
  }

  private readService(): Promise<TimerService> {
    return this.read((input) => ({
      name: input.utf('name of a timer service'),
      keySerializer: input.decode('serializer of keys', readVersionedSnapshot),
      namespaceSerializer: input.decode('serializer of namespaces', readVersionedSnapshot),
    }));
  }

  /** Yields after each timer whether there is a batch of them. */
  private async *timers(
    { name, keySerializer, namespaceSerializer }: TimerService,
    stateId: number,
  ): AsyncGenerator<boolean, void, undefined> {
    const serializers = [keySerializer, namespaceSerializer].map((snapshot) =>
      snapshot.restoreSerializer(),
    );
    const field = `number of timers of '${name}'`;
    const count = await this.read((input) => input.intBetween(field, 0, 0x7fffffff));
    for (let i = 0; i < count; i++) {
      while (this.attempt((input) => this.split(input, serializers, stateId)) === CUT) {
        await this.fetchMore();
      }
      if (this.output.position >= BATCH_BYTES) {
        yield true;
      }
    }
    yield false;
  }

  /** Key and namespace, then the time; as a row the time comes first, with its sign turned. */
  private split(
    input: FormatInput,
    serializers: readonly TypeSerializer<unknown>[],
    stateId: number,
  ): void {
    const { output } = this;
    input.decode('timer', (view) => {
      const start = view.position;
      for (const serializer of serializers) {
        serializer.deserialize(view);
      }
      const end = view.position;
      const timestamp = view.readBytes(TIMESTAMP_BYTES);
      const keyStart = output.position;
      output.writeByte((timestamp[0] as number) ^ 0x80);
      output.write(timestamp.subarray(1));
      output.write(view.buffer.subarray(start, end));
      const keyEnd = output.position;
      this.rows.push({ stateId, keyStart, keyEnd, valueStart: keyEnd, valueEnd: keyEnd });
    });
  }

  private async read<T>(decode: (input: FormatInput) => T): Promise<T> {
    for (let result = this.attempt(decode); ; result = this.attempt(decode)) {
      if (result !== CUT) {
        return result;
      }
      await this.fetchMore();
    }
  }

  /** What ends with the window leaves no trace, and is to be tried again with more of it. */
  private attempt<T>(decode: (input: FormatInput) => T): T | typeof CUT {
    this.attemptedAt = this.input.position;
    const outputStart = this.output.position;
    const rowsBefore = this.rows.length;
    try {
      return decode(this.input);
    } catch (error) {
      if (this.window.isLast || errorCode(error) !== 'SNAPSHOT_CORRUPT') {
        throw error;
      }
      this.output.position = outputStart;
      this.rows.length = rowsBefore;
      return CUT;
    }
  }

  private async fetchMore(): Promise<void> {
    await this.window.advanceForMore(this.attemptedAt);
    this.input = new FormatInput(this.window.bytes, this.source, this.window.fileOffset);
  }

  private takeBatch(keyGroup: number): KeyedStateRowBatch {
    const { rows, batchOffset: fileOffset } = this;
    const bytes = this.output.bytes();
    this.output = new DataOutputView();
    this.rows = [];
    this.batchOffset = this.window.fileOffset + this.input.position;
    return { keyGroup, bytes, fileOffset, rows };
  }
}
