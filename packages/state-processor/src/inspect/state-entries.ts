/**
 * The entries of one state, decoded by the snapshot's own serializers: no class of the program is
 * needed. What cannot be decoded is shown as bytes.
 *
 * Values are JSON in the form of `valueToJson`.
 */
import {
  ConfigError,
  type KeyGroupRange,
  PojoSerializer,
  type TtlValue,
  typeNameOf,
} from '@millrace/core';
import { type KeyedStateRow, type RowCodec, rowInput } from '@millrace/state';
import { orOpaque } from '../snapshot/or-opaque.ts';
import type { SnapshotOperator, StateSource } from '../snapshot/snapshot.ts';
import { valueFromText } from '../snapshot/value-from-json.ts';
import { type JsonValue, OpaqueValue, valueToJson } from '../snapshot/value-to-json.ts';
import { type FoundState, findState } from './find-state.ts';
import { KeyFilter } from './key-filter.ts';
import { keyedPartBytes, keyedParts, type ScannedBatch, scanKeyedState } from './keyed-scan.ts';
import { LongRead, type LongReadOptions } from './long-read.ts';
import { readOperatorStateItems } from './operator-state-items.ts';
import { readPartialPojo } from './partial-pojo.ts';

export type StateEntry = KeyedEntry | TimerEntry | OperatorItem | BroadcastEntry;

interface OfKey {
  readonly keyGroup: number;
  readonly key: JsonValue;
  /** Left out for VoidNamespace. */
  readonly namespace?: JsonValue;
}

/** Of a map state one of its entries. */
export interface KeyedEntry extends OfKey {
  readonly kind: 'keyed';
  /** Of a map. */
  readonly userKey?: JsonValue;
  readonly value: JsonValue;
  /** Of state with time to live, in milliseconds; elements of a list have their own. */
  readonly lastAccessTimestamp?: JsonValue;
  /** Of key and value in the canonical layout. */
  readonly sizeBytes: number;
}

export interface TimerEntry extends OfKey {
  readonly kind: 'timer';
  /** Milliseconds; Flink's Long.MAX_VALUE is `"Infinity"`. */
  readonly timestamp: JsonValue;
  readonly sizeBytes: number;
}

/** Of a split or union list. */
export interface OperatorItem {
  readonly kind: 'item';
  readonly subtask: number;
  /** In the subtask's list. */
  readonly index: number;
  readonly value: JsonValue;
}

export interface BroadcastEntry {
  readonly kind: 'broadcast';
  /** Every subtask has a copy. */
  readonly subtask: number;
  readonly key: JsonValue;
  readonly value: JsonValue;
}

export interface ReadStateOptions extends LongReadOptions {
  /** uid, name, id, or the beginning of an id. */
  readonly operator: string;
  readonly state: string;
  /**
   * Entries of this key alone, as JSON or plain text: of a key whose hash is known only its key group
   * is read. Of a broadcast state its key.
   */
  readonly key?: string;
  /** Entries of this namespace alone: a window as `{"start": 0, "end": 1000}`. */
  readonly namespace?: string;
  readonly keyGroups?: KeyGroupRange;
  /** Ends after so many entries. */
  readonly limit?: number;
}

const BATCH_ENTRIES = 1024;

/**
 * In the order of the files, in batches that are not empty.
 *
 * @throws ConfigError `VALUE_NOT_SERIALIZABLE` for a key of another type, `UNSUPPORTED` for a key or a
 * namespace where the state has none
 * @throws CheckpointError `OPERATOR_NOT_IN_SNAPSHOT`, `STATE_NOT_IN_SNAPSHOT`, `SNAPSHOT_CORRUPT`, `SNAPSHOT_NOT_FOUND`
 */
export async function* readStateEntries(
  snapshot: StateSource,
  options: ReadStateOptions,
): AsyncGenerator<StateEntry[], void, undefined> {
  const operator = snapshot.operator(options.operator);
  const state = findState(operator, options.state);
  checkFilters(state, options);
  const batches =
    state.kind === 'operator'
      ? readOperatorStateItems(snapshot, { operator, state: state.info, options })
      : readKeyedEntries(snapshot, { operator, state, options });
  let left = options.limit ?? Number.POSITIVE_INFINITY;
  if (left <= 0) {
    return;
  }
  for await (const batch of batches) {
    yield batch.length > left ? batch.slice(0, left) : batch;
    left -= batch.length;
    if (left <= 0) {
      return;
    }
  }
}

/** What cannot choose anything is refused: it would seem to have chosen all. */
export function checkFilters(
  state: FoundState,
  { key, namespace }: Pick<ReadStateOptions, 'key' | 'namespace'>,
): void {
  if (state.kind !== 'operator') {
    return;
  }
  const { name, mode } = state.info;
  const wrong =
    namespace !== undefined
      ? 'namespace'
      : key !== undefined && mode !== 'broadcast'
        ? 'key'
        : undefined;
  if (wrong !== undefined) {
    throw new ConfigError(
      'UNSUPPORTED',
      `'${name}' is operator state, whose items have no ${wrong}; leave the ${wrong} out`,
    );
  }
}

async function* readKeyedEntries(
  snapshot: StateSource,
  of: {
    readonly operator: SnapshotOperator;
    readonly state: Exclude<FoundState, { kind: 'operator' }>;
    readonly options: ReadStateOptions;
  },
): AsyncGenerator<StateEntry[], void, undefined> {
  const { operator, state, options } = of;
  const { keySerializer, maxParallelism } = operator;
  const filter =
    options.key === undefined || keySerializer === undefined
      ? undefined
      : KeyFilter.of(options.key, keySerializer, maxParallelism);
  const keyGroups = wantedKeyGroups(options.keyGroups, filter?.keyGroups);
  if (keyGroups === 'none') {
    return;
  }
  const total = keyedParts(operator, keyGroups).reduce(
    (sum, part) => sum + keyedPartBytes(part, keyGroups),
    0,
  );
  const read = new LongRead(options, total);
  const namespace = namespaceFilter(state, options.namespace);
  let entries: StateEntry[] = [];
  for await (const scanned of scanKeyedState(snapshot, operator, { read, keyGroups })) {
    const stateId = scanned.codecs.findIndex((codec) => codec.state.name === state.info.name);
    if (stateId < 0) {
      continue;
    }
    const decoder = new EntryDecoder(scanned, stateId);
    for (const row of scanned.batch.rows) {
      if (
        row.stateId === stateId &&
        (filter?.accepts(scanned.batch, row, state.kind === 'timers') ?? true)
      ) {
        const entry = decoder.decode(row);
        if (namespace === undefined || namespace === JSON.stringify(entry.namespace ?? null)) {
          entries.push(entry);
        }
        if (entries.length >= BATCH_ENTRIES) {
          yield entries;
          entries = [];
        }
      }
    }
    if (entries.length > 0) {
      yield entries;
      entries = [];
    }
  }
  read.end();
}

function wantedKeyGroups(
  given: KeyGroupRange | undefined,
  ofKey: KeyGroupRange | undefined,
): KeyGroupRange | undefined | 'none' {
  return given !== undefined && ofKey !== undefined
    ? (given.intersect(ofKey) ?? 'none')
    : (given ?? ofKey);
}

/** The JSON that an entry's namespace must be. */
function namespaceFilter(
  state: Exclude<FoundState, { kind: 'operator' }>,
  text: string | undefined,
): string | undefined {
  const serializer = state.info.metaInfo.serializers.get('NAMESPACE_SERIALIZER');
  if (text === undefined) {
    return undefined;
  }
  const isWindow = text.trimStart().startsWith('{');
  if (serializer === undefined || isWindow) {
    return JSON.stringify(valueToJson(JSON.parse(text)));
  }
  return JSON.stringify(valueToJson(valueFromText(serializer, text)));
}

export interface DecodedBatch extends Pick<ScannedBatch, 'codecs' | 'batch'> {
  readonly reader: Pick<ScannedBatch['reader'], 'source'>;
}

/** Rows of one state in one batch. */
export class EntryDecoder {
  private readonly codec: RowCodec;
  private readonly scanned: DecodedBatch;
  private readonly input: ReturnType<typeof rowInput>;

  constructor(scanned: DecodedBatch, stateId: number) {
    this.scanned = scanned;
    this.codec = scanned.codecs[stateId] as RowCodec;
    this.input = rowInput(scanned.reader, scanned.batch);
  }

  /** @throws CheckpointError `SNAPSHOT_CORRUPT` */
  decode(row: KeyedStateRow): KeyedEntry | TimerEntry {
    const { keyGroup } = this.scanned.batch;
    const sizeBytes = row.keyEnd - row.keyStart + row.valueEnd - row.valueStart;
    const { codec, input } = this;
    if (codec.kind === 'timer') {
      const timer = orOpaque(
        () => codec.readTimer(input, row),
        () => ({ timestamp: null, key: this.opaque(row.keyStart, row.keyEnd), namespace: null }),
      );
      return {
        kind: 'timer',
        keyGroup,
        timestamp: valueToJson(timer.timestamp),
        key: valueToJson(timer.key),
        ...namespaceOf(timer.namespace),
        sizeBytes,
      };
    }
    const { key, namespace, userKey } = orOpaque(
      () => codec.readKey(input, row),
      () => ({ key: this.opaque(row.keyStart, row.keyEnd), namespace: null, userKey: undefined }),
    );
    const value = orOpaque(
      () => codec.readValue(input, row),
      () => this.partialValue(row),
    );
    return {
      kind: 'keyed',
      keyGroup,
      key: valueToJson(key),
      ...namespaceOf(namespace),
      ...(userKey === undefined ? {} : { userKey: valueToJson(userKey) }),
      ...valueAndAccess(value, codec),
      sizeBytes,
    };
  }

  /** Of a POJO the fields before the one that nothing here reads. */
  private partialValue(row: KeyedStateRow): unknown {
    const { codec, input } = this;
    const serializer = codec.contentSerializer as unknown;
    const start = row.valueStart + (codec.kind === 'map' ? 1 : 0);
    return codec.kind !== 'list' && serializer instanceof PojoSerializer
      ? readPartialPojo(serializer, input.slice(start, row.valueEnd))
      : this.opaque(row.valueStart, row.valueEnd);
  }

  private opaque(start: number, end: number): OpaqueValue {
    const name = typeNameOf(this.codec.contentSerializer.snapshotConfiguration());
    return new OpaqueValue(name, this.input.slice(start, end));
  }
}

function namespaceOf(namespace: unknown): { namespace?: JsonValue } {
  const json = valueToJson(namespace);
  return json === null ? {} : { namespace: json };
}

/** Time to live beside the value. */
function valueAndAccess(
  value: unknown,
  { hasTtl, kind }: RowCodec,
): { value: JsonValue; lastAccessTimestamp?: JsonValue } {
  if (hasTtl && kind !== 'list' && value !== null && !(value instanceof OpaqueValue)) {
    const { lastAccessTimestamp, userValue } = value as TtlValue<unknown>;
    return {
      value: valueToJson(userValue),
      lastAccessTimestamp: valueToJson(lastAccessTimestamp),
    };
  }
  return { value: valueToJson(value) };
}
