/**
 * Writes the keyed state of one operator anew, as that of a canonical savepoint: whatever wrote it,
 * for another parallelism, for another max parallelism, with changes.
 *
 * Invariants:
 * - Rows go over as bytes: no value is decoded, and of types that are not known here neither is a
 *   key. Only another max parallelism needs the hash of each key.
 * - What is in memory does not depend on the size of the state.
 *
 * Flink has no such thing: there a job restores the snapshot and takes another.
 */
import { tmpdir } from 'node:os';
import {
  CheckpointError,
  errorCode,
  errorMessage,
  type KeyGroupRange,
  keyGroupForKeyHash,
  keyGroupRangeForOperatorIndex,
  TimerSerializer,
  type TypeInformation,
  type TypeSerializer,
} from '@millrace/core';
import {
  CanonicalRowWriter,
  type CheckpointStreamFactory,
  type KeyedBackendHeader,
  type KeyedStateHandle,
  type KeyedStateRowReader,
  type OpenStateHandle,
  requireSerializerSnapshot,
  rowInput,
  rowKey,
  rowValue,
} from '@millrace/state';
import { openKeyedHandle } from '../read/open-keyed-handle.ts';
import { KeyGroupBuckets } from './key-group-buckets.ts';
import { mergeHeaders } from './merged-header.ts';

export interface KeyedStateToRewrite {
  /** For messages. */
  readonly operatorName: string;
  readonly handles: readonly KeyedStateHandle[];
  readonly maxParallelism: number;
  readonly openStateHandle: OpenStateHandle;
}

export interface RewrittenForm {
  readonly streams: CheckpointStreamFactory;
  readonly parallelism: number;
  readonly maxParallelism: number;
  /** As it is when it is left out. */
  readonly compressed: boolean | undefined;
  /** Where the snapshot does not say it, or not how they are hashed (POJOs). */
  readonly keyType?: TypeInformation<unknown> | undefined;
  readonly changes?: RowChanges | undefined;
  /** For a file of rows when keys get other key groups; the system's when it is left out. */
  readonly temporaryFolder?: string | undefined;
}

/** A row, by the name of its state. */
export interface ChangeableRow {
  readonly keyGroup: number;
  readonly state: string;
  /** As of a row: without the key group. */
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** What changes on the way. */
export interface RowChanges {
  /** False leaves a state out, with its declaration. */
  keepsState(name: string): boolean;
  /** Its value from now on; `undefined` leaves the row out. */
  valueOf(row: ChangeableRow): Uint8Array | undefined;
  /** Called once for each key group, after its rows. */
  addedTo(keyGroup: number): Iterable<ChangeableRow>;
}

/** The new handles by subtask; subtasks without state are left out. */
export async function rewriteKeyedState(
  state: KeyedStateToRewrite,
  form: RewrittenForm,
): Promise<Map<number, KeyedStateHandle>> {
  const readers: KeyedStateRowReader[] = [];
  try {
    for (const handle of state.handles) {
      const { maxParallelism, openStateHandle } = state;
      const options = { maxParallelism, openStateHandle, keyType: form.keyType };
      readers.push(await openKeyedHandle(handle, options));
    }
    readers.sort((a, b) => a.keyGroupRange.startKeyGroup - b.keyGroupRange.startKeyGroup);
    return readers.length === 0
      ? new Map()
      : state.maxParallelism === form.maxParallelism
        ? await inOrder(readers, form)
        : await regrouped(state, readers, form);
  } finally {
    await Promise.all(readers.map((reader) => reader.close()));
  }
}

async function inOrder(
  readers: readonly KeyedStateRowReader[],
  form: RewrittenForm,
): Promise<Map<number, KeyedStateHandle>> {
  return bySubtask(form, async (range) => {
    const own = readers.filter(({ keyGroupRange }) => keyGroupRange.intersect(range));
    // What is added may be where nothing was.
    const readable = own.length === 0 && form.changes !== undefined ? readers : own;
    return readable.length === 0 ? undefined : new InOrderWriting(readable, form, range).write();
  });
}

async function bySubtask(
  { parallelism, maxParallelism }: RewrittenForm,
  write: (range: KeyGroupRange) => Promise<KeyedStateHandle | undefined>,
): Promise<Map<number, KeyedStateHandle>> {
  const handles = new Map<number, KeyedStateHandle>();
  for (let subtask = 0; subtask < parallelism; subtask++) {
    const handle = await write(
      keyGroupRangeForOperatorIndex(subtask, { parallelism, maxParallelism }),
    );
    if (handle !== undefined) {
      handles.set(subtask, handle);
    }
  }
  return handles;
}

/** Where no key gets another key group. */
class InOrderWriting {
  private readonly readers: readonly KeyedStateRowReader[];
  private readonly range: KeyGroupRange;
  private readonly output: ChangingWriter;
  private readonly stateIds: ReadonlyMap<KeyedStateRowReader, readonly number[]>;

  constructor(readers: readonly KeyedStateRowReader[], form: RewrittenForm, range: KeyGroupRange) {
    const { header, stateIds } = mergeHeaders(readers, form.compressed);
    this.readers = readers;
    this.range = range;
    this.stateIds = stateIds;
    this.output = new ChangingWriter(header, form, range);
  }

  async write(): Promise<KeyedStateHandle | undefined> {
    const { output, range } = this;
    try {
      for (const reader of this.readers) {
        const stateIds = this.stateIds.get(reader) as readonly number[];
        const own = reader.keyGroupRange.intersect(range);
        for await (const batch of own === undefined ? [] : reader.rows(own)) {
          await output.begin(batch.keyGroup);
          for (const row of batch.rows) {
            const stateId = stateIds[row.stateId] as number;
            output.put(batch.keyGroup, stateId, rowKey(batch, row), rowValue(batch, row));
            if (output.isFull) {
              await output.flush();
            }
          }
        }
      }
      return await output.finish();
    } catch (error) {
      await output.abort();
      throw error;
    }
  }
}

/** Where each key gets the key group of its hash. */
async function regrouped(
  state: KeyedStateToRewrite,
  readers: readonly KeyedStateRowReader[],
  form: RewrittenForm,
): Promise<Map<number, KeyedStateHandle>> {
  const { header, stateIds } = mergeHeaders(readers, form.compressed);
  const keyGroups = new KeyGroupsByHash(state, header, form);
  const folder = form.temporaryFolder ?? tmpdir();
  const buckets = new KeyGroupBuckets(folder, {
    numberOfKeyGroups: form.maxParallelism,
    numberOfStates: header.states.length,
  });
  try {
    for (const reader of readers) {
      const ids = stateIds.get(reader) as readonly number[];
      for await (const batch of reader.rows()) {
        const input = rowInput(reader, batch);
        for (const row of batch.rows) {
          const stateId = ids[row.stateId] as number;
          input.seek('key', row.keyStart + keyGroups.keyOffset(stateId));
          const keyGroup = keyGroups.of(input.decode('key', (view) => keyGroups.readKey(view)));
          buckets.put(keyGroup, { stateId, key: rowKey(batch, row), value: rowValue(batch, row) });
        }
      }
    }
    return await bySubtask(form, (range) => writeBuckets(buckets, header, { form, range }));
  } finally {
    buckets.close();
  }
}

async function writeBuckets(
  buckets: KeyGroupBuckets,
  header: KeyedBackendHeader,
  { form, range }: { readonly form: RewrittenForm; readonly range: KeyGroupRange },
): Promise<KeyedStateHandle | undefined> {
  const output = new ChangingWriter(header, form, range);
  try {
    for (let keyGroup = range.startKeyGroup; keyGroup <= range.endKeyGroup; keyGroup++) {
      await output.begin(keyGroup);
      for (const { stateId, key, value } of buckets.rows(keyGroup)) {
        output.put(keyGroup, stateId, key, value);
        if (output.isFull) {
          await output.flush();
        }
      }
    }
    return await output.finish();
  } catch (error) {
    await output.abort();
    throw error;
  }
}

const TIMESTAMP_BYTES = 8; // before the key of a timer

/** The key group of a row under the new max parallelism. */
class KeyGroupsByHash {
  private readonly serializer: TypeSerializer<unknown>;
  private readonly hashing: TypeSerializer<unknown>;
  private readonly keyOffsets: readonly number[];
  private readonly maxParallelism: number;
  private readonly operatorName: string;

  constructor(state: KeyedStateToRewrite, header: KeyedBackendHeader, form: RewrittenForm) {
    this.serializer = header.keySerializer.restoreSerializer();
    this.hashing = form.keyType?.createSerializer() ?? this.serializer;
    this.maxParallelism = form.maxParallelism;
    this.operatorName = state.operatorName;
    this.keyOffsets = header.states.map((each) => {
      if (each.backendStateType !== 'PRIORITY_QUEUE') {
        return 0;
      }
      const element = requireSerializerSnapshot(each, 'VALUE_SERIALIZER').restoreSerializer();
      if (!((element as unknown) instanceof TimerSerializer)) {
        throw new CheckpointError(
          'UNSUPPORTED',
          `'${each.name}' of operator ${this.operatorName} is a queue of something else than timers; keep the max parallelism`,
        );
      }
      return TIMESTAMP_BYTES;
    });
  }

  /** Where the key begins in that of a row. */
  keyOffset(stateId: number): number {
    return this.keyOffsets[stateId] as number;
  }

  readKey(view: Parameters<TypeSerializer<unknown>['deserialize']>[0]): unknown {
    return this.serializer.deserialize(view);
  }

  /** @throws CheckpointError `KEY_TYPE_UNSUPPORTED` where the hash is not known */
  of(key: unknown): number {
    try {
      return keyGroupForKeyHash(this.hashing.hashCode(key), this.maxParallelism);
    } catch (error) {
      if (errorCode(error) !== 'KEY_TYPE_UNSUPPORTED') {
        throw error;
      }
      throw new CheckpointError(
        'KEY_TYPE_UNSUPPORTED',
        `the keys of operator ${this.operatorName} cannot get other key groups: ${errorMessage(error)}; ` +
          'give the type of the keys, or keep the max parallelism',
        { cause: error },
      );
    }
  }
}

/** Writes the rows of some key groups, in order, with the changes. */
class ChangingWriter {
  private readonly header: KeyedBackendHeader;
  private readonly writer: CanonicalRowWriter;
  private readonly changes: RowChanges | undefined;
  private readonly range: KeyGroupRange;
  /** By the state id of the rows that come; `undefined` for states that are left out. */
  private readonly stateIds: readonly (number | undefined)[];
  private nextKeyGroup: number;

  constructor(header: KeyedBackendHeader, form: RewrittenForm, range: KeyGroupRange) {
    const { changes } = form;
    const kept = header.states.filter(({ name }) => changes?.keepsState(name) ?? true);
    this.header = header;
    this.changes = changes;
    this.range = range;
    this.stateIds = header.states.map((state) =>
      kept.includes(state) ? kept.indexOf(state) : undefined,
    );
    this.nextKeyGroup = range.startKeyGroup;
    this.writer = new CanonicalRowWriter(
      form.streams.createCheckpointStateOutputStream('exclusive'),
      {
        header: { ...header, states: kept },
        keyGroupRange: range,
        numberOfKeyGroups: form.maxParallelism,
      },
    );
  }

  get isFull(): boolean {
    return this.writer.isFull;
  }

  /** Before the first row of a key group: those before it are over. */
  async begin(keyGroup: number): Promise<void> {
    while (this.nextKeyGroup < keyGroup) {
      this.end(this.nextKeyGroup++);
    }
    if (this.isFull) {
      await this.flush();
    }
  }

  put(keyGroup: number, stateId: number, key: Uint8Array, value: Uint8Array): void {
    const { changes } = this;
    const id = this.stateIds[stateId];
    if (id === undefined) {
      return;
    }
    if (changes === undefined) {
      this.writer.put(keyGroup, id, key, value);
      return;
    }
    const state = this.header.states[stateId]!.name;
    const changed = changes.valueOf({ keyGroup, state, key, value });
    if (changed !== undefined) {
      this.writer.put(keyGroup, id, key, changed);
    }
  }

  flush(): Promise<void> {
    return this.writer.flush();
  }

  async finish(): Promise<KeyedStateHandle | undefined> {
    await this.begin(this.range.endKeyGroup + 1);
    return this.writer.finish();
  }

  abort(): Promise<void> {
    return this.writer.abort();
  }

  private end(keyGroup: number): void {
    for (const { state, key, value } of this.changes?.addedTo(keyGroup) ?? []) {
      const stateId = this.header.states.findIndex(({ name }) => name === state);
      const id = this.stateIds[stateId];
      if (id !== undefined) {
        this.writer.put(keyGroup, id, key, value);
      }
    }
  }
}
