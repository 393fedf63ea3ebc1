/**
 * Rows of a snapshot of the changelog backend: those of its materialized part, whichever backend wrote
 * it, with the changes that were logged since.
 *
 * Invariants:
 * - Of the log the changes of one key group are in memory at a time; of the materialized part what its
 *   reader holds, and the values that the log moves to other namespaces.
 * - Rows have the newest type that the log says their state has.
 *
 * Flink: ChangelogBackendRestoreOperation. Bytes: docs/formats/changelog.md
 */
import {
  CheckpointError,
  DataOutputView,
  KeyGroupRange,
  TimerSerializer,
  type TypeSerializerSnapshot,
} from '@millrace/core';
import type { KeyedBackendHeader } from '../formats/keyed-backend-header.ts';
import { requireSerializerSnapshot } from '../formats/state-meta-info-snapshot.ts';
import type { ChangelogStateBackendHandle } from '../snapshot/keyed-state-handle.ts';
import type { ChangedKeys, StateOverlay } from './change-applier.ts';
import { type ChangedEntry, changedValue, identityOf } from './changelog-entry.ts';
import { ChangelogLog } from './changelog-log.ts';
import { ChangelogOverlay } from './changelog-overlay.ts';
import { ChangelogStates } from './changelog-states.ts';
import { closeReaders, closeReadersAfterFailure } from './close-readers.ts';
import { KeyGroupCheck } from './key-group-check.ts';
import {
  type KeyedStateRow,
  type KeyedStateRowBatch,
  type KeyedStateRowReader,
  rowKey,
  rowValue,
} from './keyed-state-rows.ts';
import { materializedParts } from './materialized-parts.ts';
import { type MaterializedReader, MaterializedRows } from './materialized-rows.ts';
import type { OpenKeyedStateOptions } from './open-keyed-state.ts';
import { type RowCodec, rowCodecs } from './row-codec.ts';

export class ChangelogRowReader implements KeyedStateRowReader {
  readonly source: string;
  readonly header: KeyedBackendHeader;
  readonly keyGroupRange: KeyGroupRange;
  private readonly known: ChangelogStates;
  private readonly materialized: MaterializedRows;
  private readonly log: ChangelogLog;
  private readonly codecs: readonly RowCodec[];
  private readonly keys: Omit<ChangedKeys, 'keyGroup'>;

  private constructor(
    handle: ChangelogStateBackendHandle,
    opened: {
      readonly source: string;
      readonly header: KeyedBackendHeader;
      readonly known: ChangelogStates;
      readonly materialized: MaterializedRows;
      readonly log: ChangelogLog;
      readonly numberOfKeyGroups: number;
    },
  ) {
    this.source = opened.source;
    this.header = opened.header;
    this.keyGroupRange = handle.keyGroupRange;
    this.known = opened.known;
    this.materialized = opened.materialized;
    this.log = opened.log;
    const { numberOfKeyGroups } = opened;
    const serializer = this.header.keySerializer.restoreSerializer();
    const check = new KeyGroupCheck(serializer, numberOfKeyGroups);
    this.keys = { serializer, check, numberOfKeyGroups };
    this.codecs = rowCodecs(this.header, opened);
    this.materialized.translateTo(this.codecs, numberOfKeyGroups);
  }

  /**
   * @param openPart - opens what was materialized
   * @throws CheckpointError `SNAPSHOT_CORRUPT`, `SNAPSHOT_NOT_FOUND`, `SERIALIZER_SNAPSHOT_UNKNOWN`,
   * `UNSUPPORTED` when nothing says which type the keys have. ConfigError `STATE_INCOMPATIBLE`
   */
  static async open(
    handle: ChangelogStateBackendHandle,
    options: OpenKeyedStateOptions,
    openPart: (
      handle: ChangelogStateBackendHandle['materialized'][number],
    ) => Promise<KeyedStateRowReader>,
  ): Promise<ChangelogRowReader> {
    const known = new ChangelogStates();
    const parts: MaterializedReader[] = [];
    let log: ChangelogLog | undefined;
    try {
      for (const { handle: part, keyGroups } of materializedParts(handle)) {
        parts.push({ reader: await openPart(part), keyGroups });
      }
      const materialized = new MaterializedRows(parts, known);
      const { openStateHandle, numberOfKeyGroups } = options;
      const keyGroups = handle.keyGroupRange;
      log = await ChangelogLog.open(handle.nonMaterialized, { keyGroups, known, openStateHandle });
      const source = `changelog ${handle.stateHandleId}`;
      const keySerializer =
        parts[0]?.reader.header.keySerializer ?? keyOfTimers(known) ?? options.keySerializer;
      if (keySerializer === undefined) {
        throw new CheckpointError('UNSUPPORTED', unknownKey(source, known));
      }
      const header = { compressed: false, keySerializer, states: known.states };
      return new ChangelogRowReader(handle, {
        source,
        header,
        known,
        materialized,
        log,
        numberOfKeyGroups,
      });
    } catch (error) {
      await closeReadersAfterFailure([log, ...parts.map(({ reader }) => reader)]);
      throw error;
    }
  }

  async *rows(
    keyGroups: KeyGroupRange = this.keyGroupRange,
  ): AsyncGenerator<KeyedStateRowBatch, void, undefined> {
    const range = keyGroups.intersect(this.keyGroupRange);
    if (range === undefined) {
      return;
    }
    const stream = this.materialized.stream(range);
    try {
      for (let keyGroup = range.startKeyGroup; keyGroup <= range.endKeyGroup; keyGroup++) {
        const materialized = stream.keyGroup(keyGroup);
        if (this.log.hasChangesOf(keyGroup)) {
          yield* this.changedRows(keyGroup, materialized);
        } else {
          yield* materialized;
        }
      }
    } finally {
      await stream.close();
    }
  }

  async close(): Promise<void> {
    await closeReaders([this.log, this.materialized]);
  }

  private async *changedRows(
    keyGroup: number,
    materialized: AsyncIterable<KeyedStateRowBatch>,
  ): AsyncGenerator<KeyedStateRowBatch, void, undefined> {
    const overlay = new ChangelogOverlay(this.known, {
      codecs: this.codecs,
      keys: { ...this.keys, keyGroup },
    });
    for await (const changes of this.log.changesOf(keyGroup)) {
      overlay.apply(changes);
    }
    const moved = await this.movedValues(keyGroup, overlay);
    const merged = new MergedRows(keyGroup, { overlay, moved, codecs: this.codecs });
    for await (const batch of materialized) {
      yield* merged.take(batch);
    }
    yield* merged.finish();
  }

  /** What was materialized under one namespace and now belongs to another, by state and key. */
  private async movedValues(keyGroup: number, overlay: ChangelogOverlay): Promise<MovedValues> {
    const wanted = new Map<number, Map<string, Uint8Array | undefined>>();
    for (const [stateId, { entries }] of overlay.states) {
      for (const [own, { parts }] of entries) {
        for (const part of parts) {
          if (!(part instanceof Uint8Array) && part.identity !== own) {
            const ofState = wanted.get(stateId) ?? new Map();
            wanted.set(stateId, ofState.set(part.identity, undefined));
          }
        }
      }
    }
    if (wanted.size === 0) {
      return wanted;
    }
    const stream = this.materialized.stream(new KeyGroupRange(keyGroup, keyGroup));
    for await (const batch of stream.keyGroup(keyGroup)) {
      for (const row of batch.rows) {
        const ofState = wanted.get(row.stateId);
        const identity = ofState && identityOf(rowKey(batch, row));
        if (identity !== undefined && ofState?.has(identity) === true) {
          ofState.set(identity, Uint8Array.from(rowValue(batch, row)));
        }
      }
    }
    return wanted;
  }
}

type MovedValues = ReadonlyMap<number, ReadonlyMap<string, Uint8Array | undefined>>;

const BATCH_BYTES = 256 * 1024;
const NO_STATE = -1;

/** Merges what was materialized of one key group with the overlay, state by state. */
class MergedRows {
  private readonly keyGroup: number;
  private readonly overlay: ChangelogOverlay;
  private readonly moved: MovedValues;
  private readonly codecs: readonly RowCodec[];
  private readonly finished = new Set<number>();
  private stateId = NO_STATE;
  private output = new DataOutputView();
  private rows: KeyedStateRow[] = [];

  constructor(
    keyGroup: number,
    of: {
      readonly overlay: ChangelogOverlay;
      readonly moved: MovedValues;
      readonly codecs: readonly RowCodec[];
    },
  ) {
    this.keyGroup = keyGroup;
    this.overlay = of.overlay;
    this.moved = of.moved;
    this.codecs = of.codecs;
  }

  /** Rows that were not changed keep their bytes. */
  *take(batch: KeyedStateRowBatch): Generator<KeyedStateRowBatch, void, undefined> {
    let kept: KeyedStateRow[] = [];
    for (const row of batch.rows) {
      if (row.stateId !== this.stateId) {
        if (kept.length > 0) {
          yield { ...batch, rows: kept };
          kept = [];
        }
        yield* this.finishState();
        this.stateId = row.stateId;
      }
      if (!this.isChanged(batch, row)) {
        kept.push(row);
      }
    }
    if (kept.length > 0) {
      yield { ...batch, rows: kept };
    }
    if (this.output.position >= BATCH_BYTES) {
      yield this.takeBatch();
    }
  }

  *finish(): Generator<KeyedStateRowBatch, void, undefined> {
    yield* this.finishState();
    for (const stateId of this.overlay.states.keys()) {
      if (!this.finished.has(stateId)) {
        this.stateId = stateId;
        yield* this.finishState();
      }
    }
  }

  /** What the log made of a materialized row goes to the batch of changed rows. */
  private isChanged(batch: KeyedStateRowBatch, row: KeyedStateRow): boolean {
    const overlay = this.overlay.states.get(row.stateId);
    if (overlay === undefined) {
      return false;
    }
    const key = rowKey(batch, row);
    const identity = identityOf(key);
    const entry = overlay.entries.get(identity);
    if (entry === undefined) {
      return overlay.cleared.size > 0 && this.isCleared(overlay, row.stateId, key);
    }
    if (entry.isWritten) {
      const { name } = this.codecs[row.stateId]!.state;
      throw new CheckpointError(
        'SNAPSHOT_CORRUPT',
        `${batch.source} has an entry of state '${name}' in key group ${this.keyGroup} twice; ` +
          'restore another snapshot',
      );
    }
    entry.isWritten = true;
    this.put(entry, identity, rowValue(batch, row));
    return true;
  }

  private isCleared(overlay: StateOverlay, stateId: number, key: Uint8Array): boolean {
    const scopeBytes = this.codecs[stateId]!.scopeBytes(key);
    return overlay.cleared.has(identityOf(key.subarray(0, scopeBytes)));
  }

  /** Entries that the materialized part does not have. */
  private *finishState(): Generator<KeyedStateRowBatch, void, undefined> {
    const overlay = this.overlay.states.get(this.stateId);
    this.finished.add(this.stateId);
    for (const [identity, entry] of overlay?.entries ?? []) {
      if (entry.isWritten) {
        continue;
      }
      this.put(entry, identity, undefined);
      if (this.output.position >= BATCH_BYTES) {
        yield this.takeBatch();
      }
    }
    if (this.rows.length > 0) {
      yield this.takeBatch();
    }
  }

  private put(entry: ChangedEntry, own: string, materialized: Uint8Array | undefined): void {
    const { stateId, output } = this;
    const codec = this.codecs[stateId]!;
    const moved = this.moved.get(stateId);
    const value = changedValue(entry, { name: codec.state.name, kind: codec.kind }, (identity) =>
      identity === own ? materialized : moved?.get(identity),
    );
    if (value === undefined) {
      return;
    }
    const keyStart = output.position;
    output.write(entry.key);
    const keyEnd = output.position;
    output.write(value);
    const valueEnd = output.position;
    this.rows.push({ stateId, keyStart, keyEnd, valueStart: keyEnd, valueEnd });
  }

  private takeBatch(): KeyedStateRowBatch {
    const { keyGroup, rows } = this;
    const bytes = this.output.bytes();
    this.output = new DataOutputView();
    this.rows = [];
    return { keyGroup, bytes, fileOffset: 0, rows };
  }
}

/** Timers hold a key: the log of an operator with timers says which type it has. */
function keyOfTimers(known: ChangelogStates): TypeSerializerSnapshot<unknown> | undefined {
  for (const state of known.states) {
    if (state.backendStateType === 'PRIORITY_QUEUE') {
      const timers: unknown = requireSerializerSnapshot(
        state,
        'VALUE_SERIALIZER',
      ).restoreSerializer();
      if (timers instanceof TimerSerializer) {
        return (timers as TimerSerializer<unknown, unknown>).keySerializer.snapshotConfiguration();
      }
    }
  }
  return undefined;
}

function unknownKey(source: string, known: ChangelogStates): string {
  const names = known.states.map(({ name }) => `'${name}'`).join(', ');
  return (
    `${source} (states ${names}) was never materialized, and a log does not say which type its keys ` +
    'have; take a savepoint, or convert it with a program: convert of @millrace/state-processor takes ' +
    'the type of keys in its option keyTypes'
  );
}
