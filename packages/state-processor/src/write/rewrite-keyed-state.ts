/**
 * Writes the keyed state of one operator anew, as that of a canonical savepoint: whatever wrote it,
 * for another parallelism, for another max parallelism, with changes.
 *
 * Invariants:
 * - Rows go over as bytes: no value is decoded, and of types that are not known here neither is a
 *   key. Only another max parallelism needs the hash of each key.
 * - What is in memory does not depend on the size of the state; with another max parallelism it is a
 *   buffer and a few bytes for each key group and state.
 *
 * Flink has no such thing: there a job restores the snapshot and takes another.
 */
import { tmpdir } from 'node:os';
import {
  CheckpointError,
  errorMessage,
  type KeyGroupRange,
  keyGroupForKeyHash,
  keyGroupRangeForOperatorIndex,
  TimerSerializer,
  type TypeInformation,
  type TypeSerializer,
} from '@millrace/core';
import {
  type CheckpointStreamFactory,
  isHashUnknown,
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
import { ChangingWriter, type RowChanges } from './changing-writer.ts';
import { KeyGroupBuckets } from './key-group-buckets.ts';
import { isSameState, type MergedHeader, mergeHeaders, unitedStates } from './merged-header.ts';

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
    const merged = own.length === 0 ? nothingOf(readers, form) : mergeHeaders(own, form.compressed);
    const header = withAddedStates(merged.header, readers, form.changes);
    return header.states.length === 0
      ? undefined
      : new InOrderWriting(own, { ...merged, header }, { form, range }).write();
  });
}

/** Of key groups that none of the readers has: something may be added where nothing was. */
function nothingOf(readers: readonly KeyedStateRowReader[], form: RewrittenForm): MergedHeader {
  const { keySerializer } = (readers[0] as KeyedStateRowReader).header;
  const compressed = form.compressed ?? readers.some(({ header }) => header.compressed);
  return { header: { compressed, keySerializer, states: [] }, stateIds: new Map() };
}

/** A subtask may lack a state that others have; their ids come after its own. */
function withAddedStates(
  header: KeyedBackendHeader,
  readers: readonly KeyedStateRowReader[],
  changes: RowChanges | undefined,
): KeyedBackendHeader {
  const added = unitedStates(readers.map((reader) => reader.header)).filter(
    (state) => changes?.addsTo(state) && !header.states.some((own) => isSameState(own, state)),
  );
  return { ...header, states: [...header.states, ...added] };
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

  constructor(
    readers: readonly KeyedStateRowReader[],
    { header, stateIds }: MergedHeader,
    { form, range }: { readonly form: RewrittenForm; readonly range: KeyGroupRange },
  ) {
    this.readers = readers;
    this.range = range;
    this.stateIds = stateIds;
    this.output = new ChangingWriter(header, form, range);
  }

  async write(): Promise<KeyedStateHandle | undefined> {
    return finished(this.output, () => this.writeRows());
  }

  private async writeRows(): Promise<void> {
    const { output, range } = this;
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
  return finished(output, async () => {
    for (let keyGroup = range.startKeyGroup; keyGroup <= range.endKeyGroup; keyGroup++) {
      await output.begin(keyGroup);
      for (const { stateId, key, value } of buckets.rows(keyGroup)) {
        output.put(keyGroup, stateId, key, value);
        if (output.isFull) {
          await output.flush();
        }
      }
    }
  });
}

/** The handle of what `write` writes; where it fails, nothing is left of the file. */
async function finished(
  output: ChangingWriter,
  write: () => Promise<void>,
): Promise<KeyedStateHandle | undefined> {
  try {
    await write();
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
      if (!isHashUnknown(error)) {
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
