/**
 * Edits of keyed state as changes of rows.
 *
 * Invariants:
 * - Rows are known by their bytes: but for those of an edit nothing is decoded.
 * - Each edit counts what it did; of two of one entry the later counts.
 */
import {
  CheckpointError,
  type CompositeTypeSerializerSnapshot,
  ConfigError,
  DataOutputView,
  errorCode,
  keyGroupForKeyHash,
  latin1,
  type TypeInformation,
  type TypeSerializer,
  type TypeSerializerSnapshot,
  VOID_NAMESPACE,
  VOID_NAMESPACE_SERIALIZER,
} from '@millrace/core';
import {
  CompositeKeyFormat,
  type KeyedBackendHeader,
  type RowCodec,
  requireSerializerSnapshot,
  rowCodecs,
} from '@millrace/state';
import { valueFromJson } from '../snapshot/value-from-json.ts';
import type { ChangeableRow, RowChanges } from './rewrite-keyed-state.ts';
import type { DeleteEntry, EditResult, SetEntry } from './snapshot-edit.ts';

type AnySnapshot = TypeSerializerSnapshot<unknown>;
type EntryEdit = SetEntry | DeleteEntry;

/** A row that an edit puts. */
interface PutRow {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly result: EditResult;
  isThere: boolean;
}

/** By the text of their keys' bytes. */
interface StateEdits {
  readonly put: Map<string, PutRow>;
  readonly deleted: Map<string, EditResult>;
  /** Whole maps: all keys that begin so. */
  readonly deletedMaps: { readonly prefix: string; readonly result: EditResult }[];
}

export interface EditedKeyedState {
  readonly operatorName: string;
  readonly header: KeyedBackendHeader;
  readonly maxParallelism: number;
  /** For hashing keys, where the snapshot does not say how: of POJOs. */
  readonly keyType: TypeInformation<unknown> | undefined;
}

export class KeyedStateEdits implements RowChanges {
  private readonly state: EditedKeyedState;
  private readonly codecs: readonly RowCodec[];
  private readonly keySerializer: TypeSerializer<unknown>;
  private readonly deletedStates: Set<string> = new Set();
  private readonly byState: Map<string, StateEdits> = new Map();
  /** What is put, by key group. */
  private readonly added: Map<number | undefined, ChangeableRow[]> = new Map();

  constructor(state: EditedKeyedState) {
    this.state = state;
    this.codecs = rowCodecs(state.header, { numberOfKeyGroups: state.maxParallelism });
    this.keySerializer = state.header.keySerializer.restoreSerializer();
  }

  deleteState(name: string): void {
    this.deletedStates.add(name);
  }

  /**
   * @throws ConfigError `VALUE_NOT_SERIALIZABLE` that names the place in the JSON
   * @throws CheckpointError `SERIALIZER_SNAPSHOT_UNKNOWN` for types that are not known here
   */
  add(edit: EntryEdit, result: EditResult): void {
    const codec = this.codecs.find(({ state }) => state.name === edit.state) as RowCodec;
    const rows = new EditedRows(codec, this.state.header, edit);
    const edits = this.editsOf(edit.state);
    if (edit.kind === 'delete') {
      this.delete(edits, rows, result);
      return;
    }
    if (rows.isWholeMap) {
      edits.deletedMaps.push({ prefix: latin1(rows.key), result });
    }
    const keyGroup = this.keyGroupOf(rows.parsedKey);
    for (const { key, value } of rows.puts()) {
      edits.deleted.delete(latin1(key));
      edits.put.set(latin1(key), { key, value, result, isThere: false });
      const waiting = this.added.get(keyGroup) ?? [];
      this.added.set(keyGroup, waiting);
      waiting.push({ keyGroup: keyGroup ?? -1, state: edit.state, key, value });
    }
  }

  keepsState(name: string): boolean {
    return !this.deletedStates.has(name);
  }

  valueOf({ state, key, value }: ChangeableRow): Uint8Array | undefined {
    const edits = this.byState.get(state);
    if (edits === undefined) {
      return value;
    }
    const text = latin1(key);
    const put = edits.put.get(text);
    if (put !== undefined) {
      put.isThere = true;
      put.result.replaced++;
      return put.value;
    }
    const deleted =
      edits.deleted.get(text) ??
      edits.deletedMaps.find(({ prefix }) => text.startsWith(prefix))?.result;
    if (deleted === undefined) {
      return value;
    }
    deleted.removed++;
    return undefined;
  }

  *addedTo(keyGroup: number): Generator<ChangeableRow, void, undefined> {
    for (const row of this.added.get(keyGroup) ?? []) {
      const put = this.byState.get(row.state)?.put.get(latin1(row.key));
      if (put !== undefined && !put.isThere) {
        put.isThere = true;
        put.result.added++;
        yield { ...row, value: put.value };
      }
    }
  }

  /** When all was written. @throws CheckpointError `KEY_TYPE_UNSUPPORTED` for what found no place */
  checkAllDone(): void {
    for (const [state, { put }] of this.byState) {
      if ([...put.values()].some(({ isThere }) => !isThere)) {
        throw new CheckpointError(
          'KEY_TYPE_UNSUPPORTED',
          `an entry of '${state}' of operator ${this.state.operatorName} is new, but the hash of its key ` +
            'is not known, and so not its key group; give the type of the keys',
        );
      }
    }
  }

  /** Of two edits of one entry the later counts. */
  private delete(edits: StateEdits, rows: EditedRows, result: EditResult): void {
    const text = latin1(rows.key);
    if (rows.isWholeMap) {
      edits.deletedMaps.push({ prefix: text, result });
      for (const put of [...edits.put.keys()].filter((key) => key.startsWith(text))) {
        edits.put.delete(put);
      }
    } else {
      edits.deleted.set(text, result);
      edits.put.delete(text);
    }
  }

  private editsOf(state: string): StateEdits {
    let edits = this.byState.get(state);
    if (edits === undefined) {
      edits = { put: new Map(), deleted: new Map(), deletedMaps: [] };
      this.byState.set(state, edits);
    }
    return edits;
  }

  /** `undefined` where the hash is not known: then the entry must be there already. */
  private keyGroupOf(key: unknown): number | undefined {
    const serializer = this.state.keyType?.createSerializer() ?? this.keySerializer;
    try {
      return keyGroupForKeyHash(serializer.hashCode(key), this.state.maxParallelism);
    } catch (error) {
      if (errorCode(error) !== 'KEY_TYPE_UNSUPPORTED') {
        throw error;
      }
      return undefined;
    }
  }
}

/** The bytes of the rows that one edit means. */
class EditedRows {
  /** Of the row; of a whole map what the keys of its rows begin with. */
  readonly key: Uint8Array;
  readonly isWholeMap: boolean;
  readonly parsedKey: unknown;
  private readonly codec: RowCodec;
  private readonly edit: EntryEdit;
  private readonly contents: readonly AnySnapshot[];

  constructor(codec: RowCodec, header: KeyedBackendHeader, edit: EntryEdit) {
    this.codec = codec;
    this.edit = edit;
    const whole = requireSerializerSnapshot(codec.state, 'VALUE_SERIALIZER');
    this.contents = nestedOf(whole);
    this.isWholeMap = codec.kind === 'map' && edit.userKey === undefined;
    this.parsedKey = valueFromJson(header.keySerializer, edit.key, 'key');
    this.key =
      codec.kind === 'timer' ? this.timerKey() : this.entryKey(header.keySerializer, edit.userKey);
    if (codec.kind !== 'map' && edit.userKey !== undefined) {
      throw invalid(`state '${edit.state}' is no map, so it has no user keys; leave it out`);
    }
  }

  *puts(): Generator<{ readonly key: Uint8Array; readonly value: Uint8Array }> {
    const { codec, edit } = this;
    const json = (edit as SetEntry).value;
    switch (codec.kind) {
      case 'timer':
        yield { key: this.key, value: new Uint8Array() };
        return;
      case 'list':
        yield { key: this.key, value: this.listValue(json) };
        return;
      case 'map':
        for (const [userKey, value] of this.isWholeMap
          ? this.mapEntries(json)
          : [this.mapEntry(json)]) {
          yield {
            key: this.withUserKey(userKey),
            value: bytesOf((out) => codec.writeValue(out, value)),
          };
        }
        return;
      default: {
        const snapshot = requireSerializerSnapshot(codec.state, 'VALUE_SERIALIZER');
        const value = valueFromJson(snapshot, json);
        yield { key: this.key, value: bytesOf((out) => codec.writeValue(out, value)) };
      }
    }
  }

  private listValue(json: unknown): Uint8Array {
    if (!Array.isArray(json) || json.length === 0) {
      throw invalid('value: give the elements of the list as an array; to empty it, delete it');
    }
    const elements = json.map((item, index) =>
      valueFromJson(this.contents[0] as AnySnapshot, item, `value[${index}]`),
    );
    return bytesOf((out) => this.codec.writeValue(out, elements));
  }

  private mapEntry(json: unknown): readonly [Uint8Array, unknown] {
    return [this.userKey(this.edit.userKey, 'userKey'), this.userValue(json, 'value')];
  }

  private *mapEntries(json: unknown): Generator<readonly [Uint8Array, unknown]> {
    const isObject = typeof json === 'object' && json !== null;
    const pairs = Array.isArray(json) ? json : isObject ? Object.entries(json) : undefined;
    if (!pairs?.every((pair) => Array.isArray(pair) && pair.length === 2)) {
      throw invalid('value: give the map as an object, or as an array of [key, value]');
    }
    for (const [index, [userKey, value]] of (pairs as [unknown, unknown][]).entries()) {
      const at = typeof userKey === 'string' ? `value.${userKey}` : `value[${index}]`;
      yield [this.userKey(userKey, at), this.userValue(value, at)];
    }
  }

  private userKey(json: unknown, path: string): Uint8Array {
    const userKey = valueFromJson(this.contents[0] as AnySnapshot, json, path);
    return bytesOf((out) => this.codec.userKeySerializer?.serialize(userKey, out));
  }

  private userValue(json: unknown, path: string): unknown {
    return json === null ? null : valueFromJson(this.contents[1] as AnySnapshot, json, path);
  }

  private withUserKey(userKey: Uint8Array): Uint8Array {
    return this.isWholeMap ? Buffer.concat([this.key, userKey]) : this.key;
  }

  private entryKey(keySnapshot: AnySnapshot, userKey: unknown): Uint8Array {
    const namespaceSnapshot = requireSerializerSnapshot(this.codec.state, 'NAMESPACE_SERIALIZER');
    const format = new CompositeKeyFormat<unknown, unknown>({
      keySerializer: keySnapshot.restoreSerializer(),
      namespaceSerializer: namespaceSnapshot.restoreSerializer(),
      numberOfKeyGroups: 1, // The key group is no part of a row's key.
    });
    const namespace = this.namespace(namespaceSnapshot);
    const prefix = bytesOf((out) =>
      format.writeAfterPrefix(out, { key: this.parsedKey, namespace }),
    );
    return userKey === undefined
      ? prefix
      : Buffer.concat([prefix, this.userKey(userKey, 'userKey')]);
  }

  private timerKey(): Uint8Array {
    const timer = nestedOf(requireSerializerSnapshot(this.codec.state, 'VALUE_SERIALIZER'));
    const timestamp = this.edit.value;
    if (!Number.isSafeInteger(timestamp)) {
      throw invalid('value: give the time of the timer in whole milliseconds');
    }
    const namespace = this.namespace(timer[1] as AnySnapshot);
    const entry = { timestamp, key: this.parsedKey, namespace };
    return bytesOf((out) => this.codec.contentSerializer.serialize(entry, out));
  }

  private namespace(snapshot: AnySnapshot): unknown {
    const isVoid =
      snapshot.className === VOID_NAMESPACE_SERIALIZER.snapshotConfiguration().className;
    if (isVoid) {
      return VOID_NAMESPACE;
    }
    if (this.edit.namespace === undefined) {
      throw invalid(`state '${this.edit.state}' is kept by window; give the namespace too`);
    }
    return valueFromJson(snapshot, this.edit.namespace, 'namespace');
  }
}

function nestedOf(snapshot: AnySnapshot): readonly AnySnapshot[] {
  return (snapshot as Partial<CompositeTypeSerializerSnapshot<unknown, unknown>>).nested ?? [];
}

function bytesOf(write: (output: DataOutputView) => void): Uint8Array {
  const output = new DataOutputView(256);
  write(output);
  return output.copyBytes();
}

function invalid(message: string): ConfigError {
  return new ConfigError('VALUE_NOT_SERIALIZABLE', message);
}
