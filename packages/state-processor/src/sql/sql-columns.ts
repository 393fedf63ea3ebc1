/**
 * The columns that a state has in SQL, and what an entry gives in each.
 *
 * | of | columns |
 * |---|---|
 * | all | `subtask` |
 * | keyed state and timers | `key_group` |
 * | the key | `key`; of a POJO or tuple one for each field: `key_id`, `key_f0` |
 * | a window | `window_start`, `window_end`, ms; another namespace: `namespace` |
 * | a map | `map_key`, with fields like the key |
 * | a list, keyed or of operator state | a row for each element, with its place in `element` |
 * | a broadcast state | a row for each entry of each subtask's copy: its key in `key` |
 * | the value | `value`; of a POJO or tuple one for each field, by its name alone: `id`, `f0` |
 * | a time to live | `last_access`, ms |
 * | a timer | `timestamp` |
 *
 * Numbers, texts and booleans have types of their own; all else is text as `millrace snapshot` prints it,
 * JSON where it has parts.
 */
import {
  CompositeTypeSerializerSnapshot,
  PojoSerializer,
  TimeWindow,
  type TypeSerializer,
  type TypeSerializerSnapshot,
  typeNameOf,
  VOID_NAMESPACE,
} from '@millrace/core';
import { type RowCodec, requireSerializerSnapshot } from '@millrace/state';
import type { OperatorStateInfo } from '../snapshot/snapshot.ts';
import { valueToJson } from '../snapshot/value-to-json.ts';
import type { SqlValue } from './duckdb.ts';

export type SqlType = 'BIGINT' | 'INTEGER' | 'DOUBLE' | 'BOOLEAN' | 'VARCHAR';

/** What an entry is before it is spread over columns. */
export interface SqlEntry {
  readonly keyGroup: number;
  readonly subtask: number;
  readonly key: unknown;
  readonly namespace: unknown;
  readonly mapKey: unknown;
  /** Of a list, or of a list of operator state. */
  readonly element: number;
  readonly value: unknown;
  readonly timestamp: number;
}

export interface SqlColumn {
  readonly name: string;
  readonly type: SqlType;
  of(entry: SqlEntry): SqlValue;
}

type Snapshot = TypeSerializerSnapshot<unknown>;
type Read = (entry: SqlEntry) => unknown;

const SUBTASK: SqlColumn = { name: 'subtask', type: 'INTEGER', of: ({ subtask }) => subtask };

export function columnsOfState(
  codec: RowCodec,
  keySerializer: TypeSerializer<unknown>,
): SqlColumn[] {
  const columns: SqlColumn[] = [
    { name: 'key_group', type: 'INTEGER', of: ({ keyGroup }) => keyGroup },
    SUBTASK,
    ...spread('key', keySerializer.snapshotConfiguration(), ({ key }) => key),
  ];
  if (codec.kind === 'timer') {
    return [
      ...columns,
      ...namespaceColumns(undefined),
      { name: 'timestamp', type: 'DOUBLE', of: ({ timestamp }) => timestamp },
    ];
  }
  columns.push(...namespaceColumns(requireSerializerSnapshot(codec.state, 'NAMESPACE_SERIALIZER')));
  if (codec.userKeySerializer !== undefined) {
    const userKey = codec.userKeySerializer.snapshotConfiguration();
    columns.push(...spread('map_key', userKey, ({ mapKey }) => mapKey));
  }
  if (codec.kind === 'list') {
    columns.push({ name: 'element', type: 'INTEGER', of: ({ element }) => element });
  }
  columns.push(...valueColumns(codec));
  return uniquely(columns);
}

/** Of a list or a broadcast map, whose entries have no key group. */
export function columnsOfOperatorState({ mode, metaInfo }: OperatorStateInfo): SqlColumn[] {
  const keySnapshot = metaInfo?.serializers.get('KEY_SERIALIZER');
  const valueSnapshot = metaInfo?.serializers.get('VALUE_SERIALIZER');
  return uniquely([
    SUBTASK,
    ...(mode === 'broadcast'
      ? spread('key', keySnapshot, ({ key }) => key)
      : [{ name: 'element', type: 'INTEGER' as const, of: ({ element }: SqlEntry) => element }]),
    ...spread('value', valueSnapshot, ({ value }) => value, ''),
  ]);
}

function valueColumns({ contentSerializer, hasTtl }: RowCodec): SqlColumn[] {
  const snapshot = contentSerializer.snapshotConfiguration();
  if (!hasTtl || !(snapshot instanceof CompositeTypeSerializerSnapshot)) {
    return spread('value', snapshot, ({ value }) => value, '');
  }
  const ofTtl = (entry: SqlEntry) =>
    entry.value as { lastAccessTimestamp: number; userValue: unknown } | null;
  return [
    ...spread('value', snapshot.nested[1] as Snapshot, (entry) => ofTtl(entry)?.userValue, ''),
    {
      name: 'last_access',
      type: 'BIGINT',
      of: (entry) => bigintOf(ofTtl(entry)?.lastAccessTimestamp),
    },
  ];
}

function namespaceColumns(snapshot: Snapshot | undefined): SqlColumn[] {
  const name = snapshot === undefined ? '' : typeNameOf(snapshot);
  if (name === 'VoidNamespace') {
    return [];
  }
  const windowColumn = (column: string, of: (window: TimeWindow) => number): SqlColumn => ({
    name: column,
    type: 'BIGINT',
    of: ({ namespace }) => (namespace instanceof TimeWindow ? bigintOf(of(namespace)) : null),
  });
  const windows = [
    windowColumn('window_start', ({ start }) => start),
    windowColumn('window_end', ({ end }) => end),
  ];
  const whole: SqlColumn = {
    name: 'namespace',
    type: 'VARCHAR',
    of: ({ namespace }) =>
      namespace === VOID_NAMESPACE || namespace instanceof TimeWindow ? null : textOf(namespace),
  };
  const isWindow = /Window/.test(name) && !/GlobalWindow/.test(name);
  return snapshot === undefined ? [...windows, whole] : isWindow ? windows : [whole];
}

/** A value's fields, where it has some, or the value itself. @param prefix - of the fields' names */
function spread(
  name: string,
  snapshot: Snapshot | undefined,
  read: Read,
  prefix = `${name}_`,
): SqlColumn[] {
  if (snapshot === undefined) {
    return [{ name, type: 'VARCHAR', of: (entry) => textOf(read(entry)) }];
  }
  const serializer = restored(snapshot);
  if (serializer instanceof PojoSerializer) {
    const { fields } = serializer.description;
    return fields.map((field) =>
      scalar(prefix + field.name, field.serializer.snapshotConfiguration(), (entry) => {
        const object = read(entry) as Readonly<Record<string, unknown>> | null | undefined;
        return object?.[field.name];
      }),
    );
  }
  if (snapshot instanceof CompositeTypeSerializerSnapshot && typeNameOf(snapshot) === 'Tuple') {
    return snapshot.nested.map((field: Snapshot, index: number) =>
      scalar(`${prefix}f${index}`, field, (entry) => (read(entry) as unknown[] | null)?.[index]),
    );
  }
  return [scalar(name, snapshot, read)];
}

/** A type that nothing here reads is shown as it is. */
function restored(snapshot: Snapshot): unknown {
  try {
    return snapshot.restoreSerializer();
  } catch {
    return undefined;
  }
}

function scalar(name: string, snapshot: Snapshot, read: Read): SqlColumn {
  const type = sqlType(typeNameOf(snapshot));
  switch (type) {
    case 'BIGINT':
      return { name, type, of: (entry) => bigintOf(read(entry)) };
    case 'INTEGER':
    case 'DOUBLE':
      return { name, type, of: (entry) => ofType(read(entry), 'number') };
    case 'BOOLEAN':
      return { name, type, of: (entry) => ofType(read(entry), 'boolean') };
    case 'VARCHAR':
      return { name, type, of: (entry) => textOf(read(entry)) };
  }
}

function sqlType(typeName: string): SqlType {
  switch (typeName) {
    case 'Long':
      return 'BIGINT';
    case 'Int':
    case 'Integer':
    case 'Short':
    case 'Byte':
      return 'INTEGER';
    case 'Double':
    case 'Float':
      return 'DOUBLE';
    case 'Boolean':
      return 'BOOLEAN';
    default:
      return 'VARCHAR';
  }
}

function ofType(value: unknown, type: 'number' | 'boolean'): SqlValue {
  return typeof value === type ? (value as number | boolean) : null;
}

function bigintOf(value: unknown): SqlValue {
  if (typeof value === 'bigint') {
    return value;
  }
  return typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : null;
}

function textOf(value: unknown): SqlValue {
  if (value === null || value === undefined) {
    return null;
  }
  const json = valueToJson(value);
  return typeof json === 'string' ? json : JSON.stringify(json);
}

/** A field may have the name of another column. */
function uniquely(columns: readonly SqlColumn[]): SqlColumn[] {
  const taken = new Set<string>();
  return columns.map((column) => {
    let { name } = column;
    while (taken.has(name.toLowerCase())) {
      name = `value_${name}`;
    }
    taken.add(name.toLowerCase());
    return { ...column, name };
  });
}
