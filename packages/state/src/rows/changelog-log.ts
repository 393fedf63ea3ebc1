/**
 * The log of a changelog snapshot, by key group.
 *
 * Invariants:
 * - In memory is where each key group's changes are, where the chunks of compressed files are, and the
 *   changes of one key group at a time; of a log that is inline in the metadata, what that holds anyway.
 * - A change is given once, however often a handle names the place where it lies.
 *
 * Bytes: docs/formats/changelog.md. Flink: ChangelogBackendRestoreOperation, StateChangeIteratorImpl.
 */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { CheckpointError, type KeyGroupRange } from '@millrace/core';
import {
  COMMON_KEY_GROUP,
  readLoggedMetaInfo,
  readStateChangeOperation,
} from '../formats/changelog-change.ts';
import { type ChangeRun, readChangeSet } from '../formats/changelog-change-set.ts';
import {
  type ChangelogFile,
  type ChangelogFileLayout,
  changelogFileName,
  openChangelogFile,
} from '../formats/changelog-file.ts';
import { FormatInput } from '../formats/format-input.ts';
import type {
  ChangelogStateHandleStream,
  InMemoryChangelogStateHandle,
  KeyedStateHandle,
} from '../snapshot/keyed-state-handle.ts';
import type { OpenStateHandle, StateHandleReader } from '../snapshot/state-handle-reader.ts';
import type { StreamStateHandle } from '../snapshot/stream-state-handle.ts';
import type { LoggedChanges } from './changelog-overlay.ts';
import type { ChangelogStates, LoggedStates } from './changelog-states.ts';
import { closeReaders, closeReadersAfterFailure } from './close-readers.ts';

/** Where changes of one key group are. */
type LoggedRun =
  | { readonly states: LoggedStates; readonly handle: StreamStateHandle; readonly run: ChangeRun }
  | { readonly states: LoggedStates; readonly source: string; readonly changes: Uint8Array[] };

const OPEN_FILES_MAX = 16;

export class ChangelogLog {
  private readonly runs = new Map<number, LoggedRun[]>();
  private readonly files: ChangelogFiles;
  private readonly keyGroups: KeyGroupRange;
  private readonly known: ChangelogStates;
  private readonly indexed = new IndexedChangeSets();
  private readonly indexedInMemory: InMemoryChangelogStateHandle[] = [];
  private logged: LoggedStates = new Map();

  private constructor(
    keyGroups: KeyGroupRange,
    known: ChangelogStates,
    openStateHandle: OpenStateHandle,
  ) {
    this.keyGroups = keyGroups;
    this.known = known;
    this.files = new ChangelogFiles(openStateHandle);
  }

  /**
   * Reads what states the log has, and where each key group's changes are.
   *
   * @param of - `keyGroups`: others are left out. `known` is told the states of the log
   * @throws CheckpointError `SNAPSHOT_CORRUPT`, `SNAPSHOT_NOT_FOUND`, `SERIALIZER_SNAPSHOT_UNKNOWN`
   */
  static async open(
    handles: readonly KeyedStateHandle[],
    of: {
      readonly keyGroups: KeyGroupRange;
      readonly known: ChangelogStates;
      readonly openStateHandle: OpenStateHandle;
    },
  ): Promise<ChangelogLog> {
    const log = new ChangelogLog(of.keyGroups, of.known, of.openStateHandle);
    try {
      for (const handle of handles) {
        await log.index(handle);
      }
      return log;
    } catch (error) {
      await closeReadersAfterFailure([log]);
      throw error;
    }
  }

  /** In the order in which they were made. */
  async *changesOf(keyGroup: number): AsyncGenerator<LoggedChanges, void, undefined> {
    for (const part of this.runs.get(keyGroup) ?? []) {
      if ('changes' in part) {
        const { states, source, changes } = part;
        yield { states, source, changes, offsets: changes.map(() => 0) };
      } else {
        yield { states: part.states, ...(await this.read(part.handle, part.run)) };
      }
    }
  }

  hasChangesOf(keyGroup: number): boolean {
    return this.runs.has(keyGroup);
  }

  async close(): Promise<void> {
    await this.files.close();
  }

  private async index(handle: KeyedStateHandle): Promise<void> {
    switch (handle.kind) {
      case 'changelog-stream':
        return this.indexStreams(handle);
      case 'in-memory-changelog':
        return this.indexMemory(handle);
      default:
        throw new CheckpointError(
          'SNAPSHOT_CORRUPT',
          `keyed state of kind '${handle.kind}' stands where a log should; restore another snapshot`,
        );
    }
  }

  private async indexStreams(handle: ChangelogStateHandleStream): Promise<void> {
    // Flink knows no size of what a rescaling cut: its files have changes of other key groups too.
    const isCut = handle.sizeBytes === 0;
    let sizeBytes = 0;
    for (const { offset, handle: stream } of handle.streams) {
      const source = changelogFileName(stream);
      const before = this.indexed.take(stream, offset, handle.keyGroupRange);
      const payload = await this.files.open(stream);
      for await (const run of readChangeSet(payload, { source, offset })) {
        sizeBytes += run.changeBytes;
        if (run.keyGroup === COMMON_KEY_GROUP) {
          const { changes, offsets } = await this.read(stream, run);
          changes.forEach((change, i) => {
            this.nameState(change, source, offsets[i]!);
          });
        } else if (!isCut || handle.keyGroupRange.contains(run.keyGroup)) {
          checkKeyGroup(run.keyGroup, handle.keyGroupRange, source);
          if (!before.some((range) => range.contains(run.keyGroup))) {
            this.add(run.keyGroup, { states: this.logged, handle: stream, run });
          }
        }
      }
    }
    if (!isCut && sizeBytes !== handle.sizeBytes) {
      throw new CheckpointError(
        'SNAPSHOT_CORRUPT',
        `the log ${handle.stateHandleId} has ${sizeBytes} bytes of changes instead of ` +
          `${handle.sizeBytes}; restore another snapshot`,
      );
    }
  }

  private indexMemory(handle: InMemoryChangelogStateHandle): void {
    // It is not cut: each subtask that needs some of it has the whole.
    if (this.indexedInMemory.some((other) => isDeepStrictEqual(other, handle))) {
      return;
    }
    this.indexedInMemory.push(handle);
    const source = `changelog (inline, ${handle.stateHandleId})`;
    let open = new Map<number, Uint8Array[]>();
    for (const { keyGroup, change } of handle.changes) {
      if (keyGroup === COMMON_KEY_GROUP) {
        this.nameState(change, source, 0);
        open = new Map();
        continue;
      }
      checkKeyGroup(keyGroup, handle.keyGroupRange, source);
      let changes = open.get(keyGroup);
      if (changes === undefined) {
        changes = [];
        open.set(keyGroup, changes);
        this.add(keyGroup, { states: this.logged, source, changes });
      }
      changes.push(change);
    }
  }

  private add(keyGroup: number, run: LoggedRun): void {
    if (!this.keyGroups.contains(keyGroup)) {
      return;
    }
    const runs = this.runs.get(keyGroup);
    if (runs === undefined) {
      this.runs.set(keyGroup, [run]);
    } else {
      runs.push(run);
    }
  }

  private nameState(change: Uint8Array, source: string, offset: number): void {
    const input = new FormatInput(change, source, offset);
    const operation = readStateChangeOperation(input);
    if (operation !== 'METADATA') {
      throw input.corrupt('operation', `${operation} is of no key group`, 0);
    }
    const { loggedId, state } = readLoggedMetaInfo(input);
    this.known.add(state, input);
    this.logged = new Map(this.logged).set(loggedId, state);
  }

  private async read(
    handle: StreamStateHandle,
    { start, end, count }: ChangeRun,
  ): Promise<Omit<LoggedChanges, 'states'>> {
    const source = changelogFileName(handle);
    const payload = await this.files.open(handle);
    const input = new FormatInput(await payload.read(start, end - start), source, start);
    const changes: Uint8Array[] = [];
    const offsets: number[] = [];
    for (let i = 0; i < count; i++) {
      const length = input.count('length of a change', 1);
      const at = input.position;
      offsets.push(start + at);
      input.seek('change', at + length);
      changes.push(input.slice(at, at + length));
    }
    return { source, changes, offsets };
  }
}

function checkKeyGroup(keyGroup: number, range: KeyGroupRange, source: string): void {
  if (!range.contains(keyGroup)) {
    throw new CheckpointError(
      'SNAPSHOT_CORRUPT',
      `${source} has changes of key group ${keyGroup}, which is none of ` +
        `${range.startKeyGroup} to ${range.endKeyGroup}; restore another snapshot`,
    );
  }
}

/**
 * Which key groups of which change sets were indexed: a rescaling leaves the same one in the logs of
 * several subtasks, and another may bring those logs together again.
 */
class IndexedChangeSets {
  private readonly ranges = new Map<string, KeyGroupRange[]>();

  /** @returns those that were taken before */
  take(stream: StreamStateHandle, offset: number, range: KeyGroupRange): KeyGroupRange[] {
    const place = `${keyOfStream(stream)} ${offset}`;
    const before = this.ranges.get(place) ?? [];
    this.ranges.set(place, [...before, range]);
    return before;
  }
}

function keyOfStream(stream: StreamStateHandle): string {
  switch (stream.kind) {
    case 'byte-stream':
      return createHash('sha256').update(stream.handleName).update(stream.data).digest('base64');
    case 'empty-segment-file':
      return '';
    case 'segment-file':
      return `${stream.path} ${stream.startPosition}`;
    default:
      return stream.path;
  }
}

/** Few of many files are open at a time; all are read again for each key group. */
class ChangelogFiles {
  /** By path, or by the handle where that holds the bytes; the one that was used last is last. */
  private readonly openFiles = new Map<unknown, ChangelogFile>();
  /** Of all that were open. */
  private readonly layouts = new Map<unknown, ChangelogFileLayout>();
  private readonly openStateHandle: OpenStateHandle;

  constructor(openStateHandle: OpenStateHandle) {
    this.openStateHandle = openStateHandle;
  }

  async open(handle: StreamStateHandle): Promise<StateHandleReader> {
    const which = handle.kind === 'byte-stream' ? handle : keyOfStream(handle);
    let file = this.openFiles.get(which);
    this.openFiles.delete(which);
    file ??= await openChangelogFile(handle, this.openStateHandle, this.layouts.get(which));
    this.openFiles.set(which, file);
    this.layouts.set(which, file.layout);
    for (const [oldest, other] of this.openFiles) {
      if (this.openFiles.size <= OPEN_FILES_MAX) {
        break;
      }
      this.openFiles.delete(oldest);
      await other.close();
    }
    return file;
  }

  async close(): Promise<void> {
    const files = [...this.openFiles.values()];
    this.openFiles.clear();
    await closeReaders(files);
  }
}
