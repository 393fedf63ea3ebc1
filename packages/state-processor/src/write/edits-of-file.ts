/**
 * Edits as they change the rows of files with one header.
 *
 * Invariants:
 * - Of two edits of one entry the later counts; a whole map is all of its entries.
 * - An edit counts a row when it is written or left out, and no sooner.
 */
import { latin1, type TypeInformation } from '@millrace/core';
import {
  type KeyedBackendHeader,
  keyGroupOfKey,
  RowCodec,
  type StateMetaInfoSnapshot,
} from '@millrace/state';
import type { AddedRow, ChangesOfFile } from './changing-writer.ts';
import { EditedRows, type EntryEdit } from './edited-rows.ts';
import { isSameState } from './merged-header.ts';
import type { EditResult } from './snapshot-edit.ts';

export interface PlannedEdit {
  readonly edit: EntryEdit;
  readonly state: StateMetaInfoSnapshot;
  readonly result: EditResult;
  /** By row that it puts: whether it was written, into whichever file. */
  readonly places: { isWritten: boolean }[];
}

/** A row that an edit puts. */
interface PutRow extends AddedRow {
  readonly text: string;
  readonly result: EditResult;
  readonly place: { isWritten: boolean };
}

/** By the text of their keys' bytes. */
interface StateEdits {
  readonly codec: RowCodec;
  readonly put: Map<string, PutRow>;
  readonly deleted: Map<string, EditResult>;
  /** Whole maps, by what the keys of their rows begin with. */
  readonly deletedMaps: Map<string, EditResult>;
  /** Of the keys of `deletedMaps`; they are few. */
  readonly mapKeyLengths: Set<number>;
  /** By map: the keys of its entries that an edit puts or deletes. */
  readonly mapEntries: Map<string, Set<string>>;
}

export class EditsOfFile implements ChangesOfFile {
  private readonly header: KeyedBackendHeader;
  private readonly maxParallelism: number;
  private readonly keyType: TypeInformation<unknown> | undefined;
  /** By state id. */
  private readonly states: (StateEdits | undefined)[] = [];
  /** What is put, by key group; `undefined` where the hash of the key is not known. */
  private readonly added: Map<number | undefined, PutRow[]> = new Map();

  constructor(
    header: KeyedBackendHeader,
    options: {
      readonly maxParallelism: number;
      readonly keyType: TypeInformation<unknown> | undefined;
    },
  ) {
    this.header = header;
    this.maxParallelism = options.maxParallelism;
    this.keyType = options.keyType;
  }

  /** Nothing where the file has no such state. @throws as `KeyedStateEdits.add` */
  add({ edit, state, result, places }: PlannedEdit): void {
    const stateId = this.header.states.findIndex((each) => isSameState(each, state));
    if (stateId < 0) {
      return;
    }
    const edits = this.editsOf(stateId);
    const rows = new EditedRows(edits.codec, this.header, edit);
    // All of it first: what cannot be written leaves nothing behind.
    const puts = edit.kind === 'set' ? [...rows.puts()] : [];
    const mapText = rows.mapKey && latin1(rows.mapKey);
    if (rows.isWholeMap && mapText !== undefined) {
      forgetMap(edits, mapText);
      edits.deletedMaps.set(mapText, result);
      edits.mapKeyLengths.add(mapText.length);
    } else if (edit.kind === 'delete') {
      const text = latin1(rows.key);
      edits.put.delete(text);
      edits.deleted.set(text, result);
      noteEntry(edits, mapText, text);
    }
    const keyGroup = puts.length === 0 ? undefined : this.keyGroupOf(rows.parsedKey);
    for (const [index, { key, value }] of puts.entries()) {
      places[index] ??= { isWritten: false };
      const text = latin1(key);
      const put = { stateId, key, value, text, result, place: places[index] };
      edits.deleted.delete(text);
      edits.put.set(text, put);
      noteEntry(edits, mapText, text);
      const waiting = this.added.get(keyGroup) ?? [];
      this.added.set(keyGroup, waiting);
      waiting.push(put);
    }
  }

  forgetState(state: StateMetaInfoSnapshot): void {
    const stateId = this.header.states.findIndex((each) => isSameState(each, state));
    this.states[stateId] = undefined;
  }

  valueOf(stateId: number, key: Uint8Array, value: Uint8Array): Uint8Array | undefined {
    const edits = this.states[stateId];
    if (edits === undefined) {
      return value;
    }
    const text = latin1(key);
    const put = edits.put.get(text);
    if (put !== undefined) {
      put.place.isWritten = true;
      put.result.replaced++;
      return put.value;
    }
    const deleted = edits.deleted.get(text) ?? deletedMapOf(edits, text);
    if (deleted === undefined) {
      return value;
    }
    deleted.removed++;
    return undefined;
  }

  *addedTo(keyGroup: number): Generator<AddedRow, void, undefined> {
    for (const row of this.added.get(keyGroup) ?? []) {
      const isLast = this.states[row.stateId]?.put.get(row.text) === row;
      if (isLast && !row.place.isWritten) {
        row.place.isWritten = true;
        row.result.added++;
        yield row;
      }
    }
  }

  /** The state of an entry that was put and that no file took. */
  notWritten(): StateMetaInfoSnapshot | undefined {
    return this.header.states.find((_, stateId) =>
      [...(this.states[stateId]?.put.values() ?? [])].some(({ place }) => !place.isWritten),
    );
  }

  private editsOf(stateId: number): StateEdits {
    let edits = this.states[stateId];
    if (edits === undefined) {
      const keySerializer = this.header.keySerializer.restoreSerializer();
      edits = {
        codec: new RowCodec(this.header.states[stateId] as StateMetaInfoSnapshot, {
          keySerializer,
          numberOfKeyGroups: this.maxParallelism,
        }),
        put: new Map(),
        deleted: new Map(),
        deletedMaps: new Map(),
        mapKeyLengths: new Set(),
        mapEntries: new Map(),
      };
      this.states[stateId] = edits;
    }
    return edits;
  }

  /** `undefined` where the hash is not known: then the entry must be there already. */
  private keyGroupOf(key: unknown): number | undefined {
    const serializer =
      this.keyType?.createSerializer() ?? this.header.keySerializer.restoreSerializer();
    return keyGroupOfKey(serializer, key, this.maxParallelism);
  }
}

function noteEntry(edits: StateEdits, mapText: string | undefined, text: string): void {
  if (mapText !== undefined) {
    const entries = edits.mapEntries.get(mapText) ?? new Set();
    edits.mapEntries.set(mapText, entries);
    entries.add(text);
  }
}

function forgetMap(edits: StateEdits, mapText: string): void {
  for (const text of edits.mapEntries.get(mapText) ?? []) {
    edits.put.delete(text);
    edits.deleted.delete(text);
  }
  edits.mapEntries.delete(mapText);
}

function deletedMapOf(edits: StateEdits, text: string): EditResult | undefined {
  for (const length of edits.mapKeyLengths) {
    const found = edits.deletedMaps.get(text.slice(0, length));
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}
