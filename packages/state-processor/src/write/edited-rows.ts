/** An edit of keyed state as rows, in the bytes that the types of one file write. */
import {
  type CompositeTypeSerializerSnapshot,
  ConfigError,
  DataOutputView,
  type TypeSerializerSnapshot,
  VOID_NAMESPACE,
  VOID_NAMESPACE_SERIALIZER,
} from '@millrace/core';
import {
  CompositeKeyFormat,
  type KeyedBackendHeader,
  type RowCodec,
  requireSerializerSnapshot,
} from '@millrace/state';
import { valueFromJson } from '../snapshot/value-from-json.ts';
import type { DeleteEntry, SetEntry } from './snapshot-edit.ts';

type AnySnapshot = TypeSerializerSnapshot<unknown>;
export type EntryEdit = SetEntry | DeleteEntry;

/** The bytes of the rows that one edit means. */
export class EditedRows {
  /** Of the row; of a whole map what the keys of its rows begin with. */
  readonly key: Uint8Array;
  /** Of a map: what the keys of all its rows begin with. */
  readonly mapKey: Uint8Array | undefined;
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
    if (codec.kind !== 'map' && edit.userKey !== undefined) {
      throw invalid(`state '${edit.state}' is no map, so it has no user keys; leave it out`);
    }
    const entryKey = codec.kind === 'timer' ? this.timerKey() : this.entryKey(header.keySerializer);
    this.mapKey = codec.kind === 'map' ? entryKey : undefined;
    this.key =
      edit.userKey === undefined
        ? entryKey
        : Buffer.concat([entryKey, this.userKey(edit.userKey, 'userKey')]);
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

  private entryKey(keySnapshot: AnySnapshot): Uint8Array {
    const namespaceSnapshot = requireSerializerSnapshot(this.codec.state, 'NAMESPACE_SERIALIZER');
    const format = new CompositeKeyFormat<unknown, unknown>({
      keySerializer: keySnapshot.restoreSerializer(),
      namespaceSerializer: namespaceSnapshot.restoreSerializer(),
      numberOfKeyGroups: 1, // The key group is no part of a row's key.
    });
    const namespace = this.namespace(namespaceSnapshot);
    return bytesOf((out) => format.writeAfterPrefix(out, { key: this.parsedKey, namespace }));
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
