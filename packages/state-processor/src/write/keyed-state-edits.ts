/**
 * Edits of the keyed state of one operator as changes of rows.
 *
 * Invariants:
 * - Rows are known by their bytes: but for those of an edit nothing is decoded.
 * - The bytes of an edit are those that the types of the file write which they go into: subtasks may
 *   have written one state with types that differ.
 */
import { CheckpointError, DataOutputView, type TypeInformation } from '@millrace/core';
import {
  type KeyedBackendHeader,
  type StateMetaInfoSnapshot,
  writeKeyedBackendHeader,
} from '@millrace/state';
import type { RowChanges } from './changing-writer.ts';
import type { EntryEdit } from './edited-rows.ts';
import { EditsOfFile, type PlannedEdit } from './edits-of-file.ts';
import { isSameState, unitedStates } from './merged-header.ts';
import type { EditResult } from './snapshot-edit.ts';

export interface EditedKeyedState {
  readonly operatorName: string;
  /** Of all subtasks; there is one. */
  readonly headers: readonly KeyedBackendHeader[];
  readonly maxParallelism: number;
  /** For hashing keys, where the snapshot does not say how: of POJOs. */
  readonly keyType: TypeInformation<unknown> | undefined;
}

export class KeyedStateEdits implements RowChanges {
  private readonly operator: EditedKeyedState;
  private readonly states: readonly StateMetaInfoSnapshot[];
  private readonly deletedStates: Set<StateMetaInfoSnapshot> = new Set();
  private readonly statesOfPuts: Set<StateMetaInfoSnapshot> = new Set();
  private edits: PlannedEdit[] = [];
  /** By the bytes of its header: most subtasks have the same. */
  private readonly files: Map<string, EditsOfFile> = new Map();

  constructor(operator: EditedKeyedState) {
    this.operator = operator;
    this.states = unitedStates(operator.headers);
    for (const header of operator.headers) {
      this.of(header);
    }
  }

  /** `undefined` when nothing changes: then state can go over as it is. */
  get orNone(): this | undefined {
    return this.edits.length + this.deletedStates.size === 0 ? undefined : this;
  }

  get stateNames(): string[] {
    return this.states.map(({ name }) => name);
  }

  /** And all edits of it. @param name - of a state that is there */
  deleteState(name: string): void {
    const state = this.stateNamed(name);
    this.deletedStates.add(state);
    this.statesOfPuts.delete(state);
    this.edits = this.edits.filter((each) => each.state !== state);
    for (const file of this.files.values()) {
      file.forgetState(state);
    }
  }

  /**
   * @param edit - of a state that is there and was not deleted
   * @throws ConfigError `VALUE_NOT_SERIALIZABLE` that names the place in the JSON
   * @throws CheckpointError `SERIALIZER_SNAPSHOT_UNKNOWN` for types that are not known here
   */
  add(edit: EntryEdit, result: EditResult): void {
    const state = this.stateNamed(edit.state);
    const planned = { edit, state, result, places: [] };
    this.edits.push(planned);
    if (edit.kind === 'set') {
      this.statesOfPuts.add(state);
    }
    for (const file of this.files.values()) {
      file.add(planned);
    }
  }

  keepsState(state: StateMetaInfoSnapshot): boolean {
    return ![...this.deletedStates].some((deleted) => isSameState(deleted, state));
  }

  addsTo(state: StateMetaInfoSnapshot): boolean {
    return [...this.statesOfPuts].some((put) => isSameState(put, state));
  }

  of(header: KeyedBackendHeader): EditsOfFile {
    const bytes = new DataOutputView();
    writeKeyedBackendHeader(bytes, header);
    const key = Buffer.from(bytes.bytes()).toString('latin1');
    let file = this.files.get(key);
    if (file === undefined) {
      file = new EditsOfFile(header, this.operator);
      for (const edit of this.edits) {
        file.add(edit);
      }
      this.files.set(key, file);
    }
    return file;
  }

  /** When all was written. @throws CheckpointError `KEY_TYPE_UNSUPPORTED` for what found no place */
  checkAllDone(): void {
    for (const file of this.files.values()) {
      const left = file.notWritten();
      if (left !== undefined) {
        throw new CheckpointError(
          'KEY_TYPE_UNSUPPORTED',
          `an entry of '${left.name}' of operator ${this.operator.operatorName} is new, but the hash of ` +
            'its key is not known, and so not its key group; give the type of the keys',
        );
      }
    }
  }

  /** Timers are kept in queues: a queue may have the name of a state, which then is meant. */
  private stateNamed(name: string): StateMetaInfoSnapshot {
    const named = this.states.filter((state) => state.name === name);
    const state = named.find(({ backendStateType }) => backendStateType === 'KEY_VALUE');
    return (state ?? named[0]) as StateMetaInfoSnapshot;
  }
}
