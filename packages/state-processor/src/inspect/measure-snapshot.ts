/**
 * What takes the room in a snapshot: bytes and entries by operator, state and key group, the largest
 * keys, and how unevenly keys are spread.
 *
 * Bytes of keyed state are those of key and value in the canonical layout, whatever layout and
 * compression the snapshot has, so that snapshots of all backends compare.
 */
import {
  CheckpointError,
  DataInputView,
  errorCode,
  errorMessage,
  typeNameOf,
} from '@millrace/core';
import { stateHandleSizeBytes } from '@millrace/state';
import { labelOf } from '../snapshot/open-snapshot.ts';
import { orOpaque } from '../snapshot/or-opaque.ts';
import type { SnapshotOperator, SnapshotProblem, StateSource } from '../snapshot/snapshot.ts';
import { type JsonValue, OpaqueValue, valueToJson } from '../snapshot/value-to-json.ts';
import { keyedPartBytes, keyedParts, type ScannedBatch, scanKeyedState } from './keyed-scan.ts';
import { type KeyTotal, LargestKeys, StateKeyTotals } from './largest-keys.ts';
import { LongRead, type LongReadOptions } from './long-read.ts';

export interface MeasureOptions extends LongReadOptions {
  /** This one alone. */
  readonly operator?: string;
  /** How many keys are named for each operator; 10 when it is left out. */
  readonly largestKeys?: number;
  /** Of keyed state these alone. */
  readonly states?: readonly string[];
  /** Asked once a batch: the rest of the operator's keyed state is left out when it is true. */
  readonly isOver?: () => boolean;
}

export interface SnapshotSizes {
  readonly entries: number;
  readonly bytes: number;
  /** Largest first. */
  readonly operators: readonly OperatorSizes[];
  /** Keyed state that nothing here can read; it is not counted. */
  readonly problems: readonly SnapshotProblem[];
}

export interface OperatorSizes {
  readonly operatorId: string;
  /** uid, name or id. */
  readonly label: string;
  readonly entries: number;
  readonly bytes: number;
  /** Largest first; timers and operator state too. */
  readonly states: readonly StateSizes[];
  /** Keyed state by key group, from 0 to max parallelism - 1; empty without keyed state. */
  readonly keyGroups: readonly KeyGroupSizes[];
  /** Keyed state by subtask. */
  readonly subtasks: readonly { readonly subtask: number; readonly bytes: number }[];
  /** The largest part over the mean: 1 is even. `undefined` without keyed state. */
  readonly keyGroupSkew: number | undefined;
  readonly subtaskSkew: number | undefined;
  readonly largestKeys: readonly LargestKey[];
  /** False when a state has so many keys in one key group that some were counted in parts. */
  readonly largestKeysAreExact: boolean;
  /** Of the key groups, in `[0, 1]`: below 1 when `isOver` ended the read. */
  readonly scannedShare: number;
}

export interface StateSizes {
  readonly name: string;
  readonly kind: 'keyed' | 'timers' | 'operator';
  /** Rows: of a map its entries. Of operator state items; of a broadcast state its copies. */
  readonly entries: number;
  readonly bytes: number;
  readonly largestEntryBytes: number;
}

export interface KeyGroupSizes {
  readonly entries: number;
  readonly bytes: number;
}

export interface LargestKey {
  readonly state: string;
  readonly keyGroup: number;
  readonly key: JsonValue;
  /** Of all entries of the key in the state. */
  readonly bytes: number;
  readonly entries: number;
}

const LARGEST_KEYS = 10;

/** @throws CheckpointError `SNAPSHOT_CORRUPT`, `SNAPSHOT_NOT_FOUND` */
export async function measureSnapshot(
  snapshot: StateSource,
  options: MeasureOptions = {},
): Promise<SnapshotSizes> {
  const operators =
    options.operator === undefined ? snapshot.operators : [snapshot.operator(options.operator)];
  const read = new LongRead(options, totalBytes(operators));
  const sizes: OperatorSizes[] = [];
  const problems: SnapshotProblem[] = [];
  for (const operator of operators) {
    const limit = options.largestKeys ?? LARGEST_KEYS;
    sizes.push(await measureOperator(snapshot, operator, { ...options, read, limit, problems }));
  }
  read.end();
  sizes.sort((a, b) => b.bytes - a.bytes);
  return { entries: sum(sizes, 'entries'), bytes: sum(sizes, 'bytes'), operators: sizes, problems };
}

export function totalBytes(operators: readonly SnapshotOperator[]): number {
  return operators
    .flatMap((operator) => keyedParts(operator, undefined))
    .reduce((bytes, part) => bytes + keyedPartBytes(part, undefined), 0);
}

async function measureOperator(
  snapshot: StateSource,
  operator: SnapshotOperator,
  of: {
    readonly read: LongRead;
    readonly limit: number;
    readonly problems: SnapshotProblem[];
    readonly states?: readonly string[];
    readonly isOver?: () => boolean;
  },
): Promise<OperatorSizes> {
  const meter = new OperatorMeter(operator, of);
  let scannedShare = 1;
  try {
    for await (const scanned of scanKeyedState(snapshot, operator, { read: of.read })) {
      meter.add(scanned);
      if (of.isOver?.() === true) {
        scannedShare = Math.min(1, (scanned.batch.keyGroup + 1) / operator.maxParallelism);
        break;
      }
    }
  } catch (error) {
    of.problems.push(unreadable(operator, error));
  }
  const keyed = meter.finish();
  const states = [
    ...keyed.states,
    ...operatorStateSizes(operator),
    ...(await liveOperatorStateSizes(operator)),
  ];
  states.sort((a, b) => b.bytes - a.bytes);
  return {
    operatorId: operator.operatorId,
    label: labelOf(operator),
    entries: sum(states, 'entries'),
    bytes: sum(states, 'bytes'),
    ...keyed,
    states,
    scannedShare,
  };
}

/**
 * What keeps one operator from being read is told beside what is known of the others.
 *
 * @throws what was thrown, if it is something else
 */
export function unreadable({ operatorId }: SnapshotOperator, error: unknown): SnapshotProblem {
  const code = errorCode(error);
  if (code === 'SERIALIZER_SNAPSHOT_UNKNOWN' || code === 'UNSUPPORTED') {
    return { code, message: errorMessage(error), operatorId };
  }
  throw error;
}

function keyCorrupt({ reader, batch }: ScannedBatch, at: number, error: unknown): unknown {
  return errorCode(error) === 'SNAPSHOT_CORRUPT'
    ? new CheckpointError(
        'SNAPSHOT_CORRUPT',
        `${reader.source} is corrupt at byte ${batch.fileOffset + at}, in a key of key group ` +
          `${batch.keyGroup}: ${errorMessage(error)}; restore another snapshot`,
        { cause: error },
      )
    : error;
}

/** Counts of one state, changed in place. */
class StateCount {
  entries = 0;
  bytes = 0;
  largestEntryBytes = 0;
  readonly isTimers: boolean;
  readonly totals: StateKeyTotals;

  constructor(isTimers: boolean, totals: StateKeyTotals) {
    this.isTimers = isTimers;
    this.totals = totals;
  }
}

class OperatorMeter {
  private readonly operator: SnapshotOperator;
  private readonly largest: LargestKeys;
  private readonly states = new Map<string, StateCount>();
  private readonly keyGroupBytes: Float64Array;
  private readonly keyGroupEntries: Float64Array;
  private readonly subtaskBytes = new Map<number, number>();
  private readonly wanted: ReadonlySet<string> | undefined;
  /** By state id; none of those that are passed over. */
  private counts: (StateCount | undefined)[] = [];
  private codecs: ScannedBatch['codecs'] | undefined;

  constructor(
    operator: SnapshotOperator,
    of: { readonly limit: number; readonly states?: readonly string[] },
  ) {
    this.operator = operator;
    this.largest = new LargestKeys(of.limit);
    this.wanted = of.states && new Set(of.states);
    this.keyGroupBytes = new Float64Array(operator.maxParallelism);
    this.keyGroupEntries = new Float64Array(operator.maxParallelism);
  }

  // Hot path.
  add(scanned: ScannedBatch): void {
    const { batch } = scanned;
    if (this.codecs !== scanned.codecs) {
      this.beginFile(scanned);
    }
    const { counts } = this;
    let batchBytes = 0;
    for (const row of batch.rows) {
      const count = counts[row.stateId];
      if (count === undefined) {
        continue;
      }
      const size = row.keyEnd - row.keyStart + row.valueEnd - row.valueStart;
      batchBytes += size;
      count.entries++;
      count.bytes += size;
      if (size > count.largestEntryBytes) {
        count.largestEntryBytes = size;
      }
      if (!count.isTimers) {
        try {
          count.totals.add(batch, row, size);
        } catch (error) {
          throw keyCorrupt(scanned, row.keyStart, error);
        }
      }
    }
    this.keyGroupBytes[batch.keyGroup] = (this.keyGroupBytes[batch.keyGroup] ?? 0) + batchBytes;
    this.keyGroupEntries[batch.keyGroup] =
      (this.keyGroupEntries[batch.keyGroup] ?? 0) + batch.rows.length;
    const { subtask } = scanned;
    this.subtaskBytes.set(subtask, (this.subtaskBytes.get(subtask) ?? 0) + batchBytes);
  }

  finish(): Omit<OperatorSizes, 'operatorId' | 'label' | 'entries' | 'bytes' | 'scannedShare'> {
    this.flush();
    const states = Array.from(this.states, ([name, count]) => ({
      name,
      kind: count.isTimers ? ('timers' as const) : ('keyed' as const),
      entries: count.entries,
      bytes: count.bytes,
      largestEntryBytes: count.largestEntryBytes,
    }));
    const hasKeyed = this.subtaskBytes.size > 0;
    const subtasks = Array.from(this.subtaskBytes, ([subtask, bytes]) => ({ subtask, bytes }));
    return {
      states,
      keyGroups: hasKeyed
        ? Array.from(this.keyGroupBytes, (bytes, keyGroup) => ({
            bytes,
            entries: this.keyGroupEntries[keyGroup] ?? 0,
          }))
        : [],
      subtasks: subtasks.sort((a, b) => a.subtask - b.subtask),
      keyGroupSkew: skewOf([...this.keyGroupBytes]),
      subtaskSkew: skewOf(subtasks.map(({ bytes }) => bytes)),
      largestKeys: this.largest.list.map((total) => this.named(total)),
      largestKeysAreExact: [...this.states.values()].every(({ totals }) => totals.isExact),
    };
  }

  /** Each file has state ids of its own. */
  private beginFile({ codecs, reader }: ScannedBatch): void {
    this.flush();
    const keySerializer = reader.header.keySerializer.restoreSerializer();
    this.codecs = codecs;
    this.counts = codecs.map((codec) => {
      const { name, serializers } = codec.state;
      if (this.wanted?.has(name) === false) {
        return undefined;
      }
      const namespace = serializers.get('NAMESPACE_SERIALIZER');
      const isOneRow =
        codec.kind !== 'map' &&
        namespace !== undefined &&
        typeNameOf(namespace) === 'VoidNamespace';
      let count = this.states.get(name);
      if (count === undefined) {
        const { largest } = this;
        const totals = new StateKeyTotals(name, { largest, keySerializer, isOneRow });
        count = new StateCount(codec.kind === 'timer', totals);
        this.states.set(name, count);
      }
      return count;
    });
  }

  private flush(): void {
    for (const count of this.counts) {
      count?.totals.flush();
    }
  }

  private named({ state, keyGroup, keyBytes, bytes, entries }: KeyTotal): LargestKey {
    const serializer = this.operator.keySerializer?.restoreSerializer();
    const key = orOpaque(
      () => serializer?.deserialize(new DataInputView(keyBytes)),
      () => new OpaqueValue(this.operator.keyType ?? '?', keyBytes),
    );
    return { state, keyGroup, key: valueToJson(key), bytes, entries };
  }
}

/** From one offset to the next; no file is read. */
function operatorStateSizes(operator: SnapshotOperator): StateSizes[] {
  const sizes = new Map<string, { entries: number; bytes: number; largestEntryBytes: number }>();
  for (const { managedOperatorState } of operator.state.subtaskStates.values()) {
    const infos = [...(managedOperatorState?.stateNameToPartitionOffsets ?? [])];
    const size = managedOperatorState ? stateHandleSizeBytes(managedOperatorState.delegate) : 0;
    const all = infos.flatMap(([, { offsets }]) => [...offsets]);
    const ends = [...all, size].sort((a, b) => a - b);
    const endOf = new Map(ends.map((start, index) => [start, ends[index + 1] ?? start]));
    for (const [name, { offsets }] of infos) {
      const total = sizes.get(name) ?? { entries: 0, bytes: 0, largestEntryBytes: 0 };
      sizes.set(name, total);
      for (const offset of offsets) {
        const bytes = (endOf.get(offset) ?? offset) - offset;
        total.entries++;
        total.bytes += bytes;
        total.largestEntryBytes = Math.max(total.largestEntryBytes, bytes);
      }
    }
  }
  return Array.from(sizes, ([name, total]) => ({ name, kind: 'operator' as const, ...total }));
}

/** What a snapshot writes before the entries of a broadcast map: how many there are. */
const BROADCAST_COUNT_BYTES = 4;

/** Of a view, by its pages: all of it, since it is in memory already. */
async function liveOperatorStateSizes({
  liveOperatorStates = [],
}: SnapshotOperator): Promise<StateSizes[]> {
  const sizes = new Map<string, { entries: number; bytes: number; largestEntryBytes: number }>();
  for (const { reader } of liveOperatorStates) {
    for (const { name, mode } of reader.states) {
      const total = sizes.get(name) ?? { entries: 0, bytes: 0, largestEntryBytes: 0 };
      sizes.set(name, total);
      let copyBytes = BROADCAST_COUNT_BYTES;
      const add = (bytes: number): void => {
        total.entries++;
        total.bytes += bytes;
        total.largestEntryBytes = Math.max(total.largestEntryBytes, bytes);
      };
      for await (const { rows } of reader.rows(name)) {
        for (const { keyStart, valueEnd } of rows) {
          if (mode === 'broadcast') {
            copyBytes += valueEnd - keyStart;
          } else {
            add(valueEnd - keyStart);
          }
        }
      }
      if (mode === 'broadcast') {
        add(copyBytes);
      }
    }
  }
  return Array.from(sizes, ([name, total]) => ({ name, kind: 'operator' as const, ...total }));
}

function skewOf(bytes: readonly number[]): number | undefined {
  const total = bytes.reduce((a, b) => a + b, 0);
  return total === 0
    ? undefined
    : bytes.reduce((a, b) => Math.max(a, b), 0) / (total / bytes.length);
}

function sum<K extends string>(items: readonly Record<K, number>[], key: K): number {
  return items.reduce((total, item) => total + item[key], 0);
}
