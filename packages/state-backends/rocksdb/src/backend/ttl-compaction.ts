/**
 * What compactions drop of a state with a time to live, and by which time they judge.
 *
 * Invariant: a compaction judges by a time that was the operator's processing time once, so it drops
 * nothing that a read would still give.
 *
 * Flink: RocksDbTtlCompactFiltersManager.
 */
import { ListSerializer, StringSerializer, TtlValueSerializer } from '@millrace/core';
import type { StateMeta, StateTtlCleanup } from '@millrace/state';
import type { NativeTtlSpec } from '../binding/native-addon.ts';
import type { RocksDatabase } from '../database/rocks-database.ts';

/** An element's end cannot be told: the list stays as it is until it is read. */
const UNKNOWN_END = -1;
const STRING_END = 0;

/** `undefined` where the program switched the filter off. */
export function ttlCompactionSpec(
  meta: StateMeta<unknown>,
  { config }: StateTtlCleanup,
): NativeTtlSpec | undefined {
  if (config.cleanupStrategies.rocksdbCompactFilter === undefined) {
    return undefined;
  }
  const { kind } = meta;
  return {
    kind: kind === 'list' || kind === 'map' ? kind : 'value',
    ttlMs: config.timeToLiveMs,
    elementBytes: kind === 'list' ? elementBytesOf(meta) : 0,
  };
}

function elementBytesOf(meta: StateMeta<unknown>): number {
  const list = meta.stateSerializer as unknown;
  const element = list instanceof ListSerializer ? (list.elementSerializer as unknown) : undefined;
  if (!(element instanceof TtlValueSerializer)) {
    return UNKNOWN_END;
  }
  if (element.length > 0) {
    return element.length;
  }
  return element.userValueSerializer instanceof StringSerializer ? STRING_END : UNKNOWN_END;
}

/** Tells a database the time now and then. */
export class TtlCompactionTime {
  private readonly database: Pick<RocksDatabase, 'setTtlTime'>;
  private cleanup: StateTtlCleanup | undefined;
  private every: number;
  private left: number;

  constructor(database: Pick<RocksDatabase, 'setTtlTime'>) {
    this.database = database;
    this.cleanup = undefined;
    this.every = Number.MAX_SAFE_INTEGER;
    this.left = Number.MAX_SAFE_INTEGER;
  }

  /** All states of a backend have one time provider. */
  add(cleanup: StateTtlCleanup): void {
    const { rocksdbCompactFilter } = cleanup.config.cleanupStrategies;
    this.cleanup = cleanup;
    this.every = Math.min(this.every, rocksdbCompactFilter?.queryTimeAfterNumEntries ?? this.every);
    this.left = Math.min(this.left, this.every);
    this.refresh();
  }

  // Hot path.
  /** Called for each record: looks at the time as seldom as the program asked for. */
  tick(): void {
    if (--this.left === 0) {
      this.refresh();
    }
  }

  refresh(): void {
    if (this.cleanup !== undefined) {
      this.left = this.every;
      this.database.setTtlTime(this.cleanup.now());
    }
  }
}
