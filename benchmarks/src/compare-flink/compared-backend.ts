/** One keyed state backend of ours with 128 key groups, its checkpoints, and what is restored from them. */
import { join } from 'node:path';
import {
  FileSystems,
  KeyGroupRange,
  keyGroupForKeyHash,
  keyGroupRangeForOperatorIndex,
  SystemClock,
  Types,
} from '@millrace/core';
import {
  createStateHandleOpener,
  FileSystemCheckpointStorage,
  type KeyedStateBackend,
  type KeyedStateHandle,
  type KeyLookAhead,
  type StateBackend,
  stateHandleSizeBytes,
} from '@millrace/state';
import type { Accesses } from './accesses.ts';
import type { ComparedStateBackend } from './compared-state-backends.ts';
import type { Reply } from './side.ts';

const KEY_GROUPS = 128;
const NS_PER_MS = 1e6;
const ACCESSES_OF_TURN = 1000;

export class ComparedBackend {
  private readonly stateBackend: StateBackend;
  private readonly writeOutAll: ComparedStateBackend['writeOut'];
  private readonly compactAll: ComparedStateBackend['compact'];
  private readonly budgetBytes: number;
  private readonly fileSystems = new FileSystems();
  private readonly storage: FileSystemCheckpointStorage;
  private backends: KeyedStateBackend<number>[] = [];
  private last: KeyedStateHandle | undefined;
  private checkpointId = 0;

  constructor(
    { stateBackend, writeOut, compact }: ComparedStateBackend,
    options: { readonly budgetBytes: number; readonly folder: string },
  ) {
    this.stateBackend = stateBackend;
    this.writeOutAll = writeOut;
    this.compactAll = compact;
    this.budgetBytes = options.budgetBytes;
    this.storage = new FileSystemCheckpointStorage(this.fileSystems.getFileSystem('file:/'), {
      checkpointDirectory: join(options.folder, 'checkpoints'),
      jobId: 'compared',
    });
  }

  /** Of the only one: before a restore. */
  get lookAhead(): KeyLookAhead<number> | undefined {
    return this.backends[0]?.lookAhead;
  }

  async open(accesses: Accesses): Promise<void> {
    const backend = await this.create(new KeyGroupRange(0, KEY_GROUPS - 1), []);
    this.backends = [backend];
    accesses.bind(backend);
    await this.storage.initializeBaseLocations();
  }

  /** What is written is in the database, as Flink has it after each access. */
  writeOut(): void {
    for (const backend of this.backends) {
      this.writeOutAll?.(backend);
    }
  }

  /** What was written is in files, in order, as after the set-up in flink-benchmarks. */
  async compact(): Promise<void> {
    if (this.compactAll === undefined) {
      return;
    }
    for (const backend of this.backends) {
      // A checkpoint that is not completed: nothing stays in memory alone, and no later one names its files.
      const id = ++this.checkpointId;
      const location = await this.storage.initializeLocationForCheckpoint(id);
      await backend.snapshot(id, location).write();
      await location.disposeOnFailure();
      backend.notifyCheckpointAborted(id);
      await this.compactAll(backend);
    }
  }

  /** Incremental on RocksDB. The synchronous part is what holds up records. */
  async checkpoint(): Promise<Reply> {
    const [backend] = this.backends as [KeyedStateBackend<number>];
    const id = ++this.checkpointId;
    const location = await this.storage.initializeLocationForCheckpoint(id);
    const began = performance.now();
    const running = backend.snapshot(id, location);
    const taken = performance.now();
    this.last = await running.write();
    const ended = performance.now();
    backend.notifyCheckpointComplete(id);
    return {
      syncNs: (taken - began) * NS_PER_MS,
      asyncNs: (ended - taken) * NS_PER_MS,
      ...sizesOf(this.last),
    };
  }

  /** The longest time between two accesses while a checkpoint is taken, and before for `ms` without one. */
  async pause(access: () => void, ms: number): Promise<Reply> {
    const [backend] = this.backends as [KeyedStateBackend<number>];
    const id = ++this.checkpointId;
    const location = await this.storage.initializeLocationForCheckpoint(id);
    const until = performance.now() + ms;
    const withoutNs = await longestGapNs(access, () => performance.now() >= until);
    let written = false;
    const began = performance.now();
    let writing: Promise<unknown> | undefined;
    const longestNs = await longestGapNs(access, () => {
      // Between two accesses, as a task takes it between two records.
      writing ??= backend
        .snapshot(id, location)
        .write()
        .then((handle) => {
          this.last = handle;
        })
        .finally(() => {
          written = true;
        });
      return written;
    });
    const tookNs = (performance.now() - began) * NS_PER_MS;
    await writing;
    backend.notifyCheckpointComplete(id);
    return { longestNs, withoutNs, tookNs };
  }

  /** One after the other, each until it has answered a first read. */
  async restore(parallelism: number, accesses: Accesses): Promise<Reply> {
    await this.close();
    globalThis.gc?.();
    let ns = 0;
    for (let subtask = 0; subtask < parallelism; subtask++) {
      const range = keyGroupRangeForOperatorIndex(subtask, {
        parallelism,
        maxParallelism: KEY_GROUPS,
      });
      const first = firstKeyOf(range);
      const began = performance.now();
      const backend = await this.create(range, this.last === undefined ? [] : [this.last]);
      accesses.bind(backend);
      accesses.sample(first);
      ns += (performance.now() - began) * NS_PER_MS;
      this.backends.push(backend);
    }
    return { ns };
  }

  /** Of `count` keys, spread over all `keys`. */
  sample(accesses: Accesses, keys: number, count: number): Reply {
    let checksum = 0;
    for (const backend of this.backends) {
      accesses.bind(backend);
      for (let i = 0; i < count; i++) {
        const key = Math.floor((i * keys) / count);
        if (backend.keyGroupRange.contains(keyGroupOf(key))) {
          checksum += accesses.sample(key);
        }
      }
    }
    return { checksum };
  }

  async close(): Promise<void> {
    for (const backend of this.backends) {
      await backend.dispose();
    }
    this.backends = [];
  }

  private create(
    keyGroupRange: KeyGroupRange,
    stateHandles: readonly KeyedStateHandle[],
  ): Promise<KeyedStateBackend<number>> {
    return this.stateBackend.createKeyedStateBackend({
      operatorName: 'compared',
      keyType: Types.LONG,
      numberOfKeyGroups: KEY_GROUPS,
      keyGroupRange,
      stateHandles,
      openStateHandle: createStateHandleOpener(this.fileSystems),
      clock: new SystemClock(),
      slot: { id: 'compared', managedMemoryBytes: this.budgetBytes },
      snapshotSliceMs: 2,
    });
  }
}

/** Accesses as a task processes records: now and then it lets others have the thread. */
async function longestGapNs(access: () => void, isOver: () => boolean): Promise<number> {
  let longest = 0;
  let last = performance.now();
  while (!isOver()) {
    for (let i = 0; i < ACCESSES_OF_TURN; i++) {
      access();
      const now = performance.now();
      longest = Math.max(longest, now - last);
      last = now;
    }
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  return longest * NS_PER_MS;
}

function sizesOf(handle: KeyedStateHandle | undefined): Reply {
  if (handle?.kind === 'incremental-remote') {
    const handles = [handle.meta, ...[...handle.shared, ...handle.private].map((f) => f.handle)];
    const fullBytes = handles.reduce((sum, part) => sum + stateHandleSizeBytes(part), 0);
    return { writtenBytes: handle.checkpointedSizeBytes, fullBytes };
  }
  const fullBytes = handle?.kind === 'key-groups' ? stateHandleSizeBytes(handle.stream) : 0;
  return { writtenBytes: fullBytes, fullBytes };
}

function firstKeyOf(range: KeyGroupRange): number {
  let key = 0;
  while (!range.contains(keyGroupOf(key))) {
    key++;
  }
  return key;
}

function keyGroupOf(key: number): number {
  return keyGroupForKeyHash(Types.LONG.createSerializer().hashCode(key), KEY_GROUPS);
}
