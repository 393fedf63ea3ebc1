/**
 * Writes the rows of some key groups as a file of a canonical savepoint, with changes.
 *
 * Invariant: rows come by key group, ascending; what is added to a key group goes after its rows.
 */
// Hot path.
import type { KeyGroupRange } from '@millrace/core';
import {
  CanonicalRowWriter,
  type CheckpointStreamFactory,
  type KeyedBackendHeader,
  type KeyedStateHandle,
  type StateMetaInfoSnapshot,
} from '@millrace/state';

/** A row that was not there, by the state's id in the header of its file. */
export interface AddedRow {
  readonly stateId: number;
  /** As of a row: without the key group. */
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** What changes on the way. */
export interface RowChanges {
  /** False leaves a state out, with its declaration. */
  keepsState(state: StateMetaInfoSnapshot): boolean;
  /** Whether rows may be added to it: then it is declared in every file. */
  addsTo(state: StateMetaInfoSnapshot): boolean;
  /** @param header - of the rows: their keys and values are in the bytes of its types */
  of(header: KeyedBackendHeader): ChangesOfFile;
}

export interface ChangesOfFile {
  /** The row's value from now on; `undefined` leaves the row out. */
  valueOf(stateId: number, key: Uint8Array, value: Uint8Array): Uint8Array | undefined;
  /** Called once for each key group, after its rows. */
  addedTo(keyGroup: number): Iterable<AddedRow>;
}

export class ChangingWriter {
  private readonly writer: CanonicalRowWriter;
  private readonly changes: ChangesOfFile | undefined;
  private readonly range: KeyGroupRange;
  /** By the state id of the rows that come; `undefined` for states that are left out. */
  private readonly stateIds: readonly (number | undefined)[];
  private nextKeyGroup: number;

  /** @param header - of the rows that come */
  constructor(
    header: KeyedBackendHeader,
    form: {
      readonly streams: CheckpointStreamFactory;
      readonly maxParallelism: number;
      readonly changes?: RowChanges | undefined;
    },
    range: KeyGroupRange,
  ) {
    const { changes } = form;
    const kept = header.states.filter((state) => changes?.keepsState(state) ?? true);
    this.changes = changes?.of(header);
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
    const changed = changes.valueOf(stateId, key, value);
    if (changed !== undefined) {
      this.writer.put(keyGroup, id, key, changed);
    }
  }

  flush(): Promise<void> {
    return this.writer.flush();
  }

  /** `undefined` when there was no row. */
  async finish(): Promise<KeyedStateHandle | undefined> {
    await this.begin(this.range.endKeyGroup + 1);
    return this.writer.finish();
  }

  abort(): Promise<void> {
    return this.writer.abort();
  }

  private end(keyGroup: number): void {
    for (const { stateId, key, value } of this.changes?.addedTo(keyGroup) ?? []) {
      const id = this.stateIds[stateId];
      if (id !== undefined) {
        this.writer.put(keyGroup, id, key, value);
      }
    }
  }
}
