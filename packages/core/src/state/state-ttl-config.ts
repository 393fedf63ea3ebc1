/**
 * How long a state lives after its last use, and who removes it when that time is over.
 *
 * Processing time is the only time. A value is expired when `lastAccess + timeToLive <= now`; what
 * is to be seen of an expired value says `stateVisibility`. A read that meets one removes it in
 * any case.
 *
 * Stored values get a timestamp beside them, so a state cannot be given a time to live, or lose it,
 * while it has values in a snapshot: `STATE_INCOMPATIBLE`. Another `timeToLive` is fine and counts
 * for old values too.
 *
 * Flink: StateTtlConfig. Its builder is an options object here; its deprecated `Time` is not there.
 */
import { ConfigError } from '../errors/errors.ts';
import { type Duration, durationMs } from '../time/duration.ts';

/** What makes a value young again. `Disabled`: the state has no time to live at all. */
export type StateTtlUpdateType = 'OnCreateAndWrite' | 'OnReadAndWrite' | 'Disabled';

/** What a read gives of a value that is expired but still there: it, this once, or nothing. */
export type StateTtlVisibility = 'NeverReturnExpired' | 'ReturnExpiredIfNotCleanedUp';

/** Each access to the state looks at some further entries of any key. Backends on the heap. */
export interface IncrementalCleanup {
  /** Entries that one access looks at; from 1. A list or a map of a key is one entry. */
  readonly cleanupSize: number;
  /** Each record of the operator does so too, also when it leaves the state alone. */
  readonly runCleanupForEveryRecord?: boolean;
}

/** Compactions leave expired values out. RocksDB; other backends pass it over. */
export interface RocksdbCompactFilterCleanup {
  /** After so many entries the time is looked at anew; from 1. 1000 by default. */
  readonly queryTimeAfterNumEntries?: number;
  /** Files older than this are compacted for the cleanup's sake; 30 days by default. */
  readonly periodicCompactionTime?: Duration;
}

export interface StateTtlOptions {
  /** Longer than nothing. */
  readonly timeToLive: Duration;
  /** `OnCreateAndWrite` by default. */
  readonly updateType?: StateTtlUpdateType;
  /** `NeverReturnExpired` by default. */
  readonly stateVisibility?: StateTtlVisibility;
  /** Expired values stay out of full snapshots. The live state keeps them. */
  readonly cleanupFullSnapshot?: boolean;
  /** `{ cleanupSize: 5 }` by default, unless `disableCleanupInBackground`. */
  readonly cleanupIncrementally?: IncrementalCleanup;
  /** On by default, unless `disableCleanupInBackground`. */
  readonly cleanupInRocksdbCompactFilter?: RocksdbCompactFilterCleanup;
  /** Switches the defaults of the two cleanups above off; one that is given counts all the same. */
  readonly disableCleanupInBackground?: boolean;
}

const UPDATE_TYPES = ['OnCreateAndWrite', 'OnReadAndWrite', 'Disabled'] as const;
const VISIBILITIES = ['NeverReturnExpired', 'ReturnExpiredIfNotCleanedUp'] as const;
const DEFAULT_CLEANUP_SIZE = 5;
const DEFAULT_QUERY_TIME_AFTER_NUM_ENTRIES = 1000;
const DEFAULT_PERIODIC_COMPACTION_TIME = '30 d';

/** Which cleanups run, defaults filled in. Flink: StateTtlConfig.CleanupStrategies. */
export interface StateTtlCleanupStrategies {
  readonly inFullSnapshot: boolean;
  readonly isCleanupInBackground: boolean;
  readonly incremental: Required<IncrementalCleanup> | undefined;
  readonly rocksdbCompactFilter:
    | { readonly queryTimeAfterNumEntries: number; readonly periodicCompactionTimeMs: number }
    | undefined;
}

export class StateTtlConfig {
  /** Of states that live until they are cleared. */
  static readonly DISABLED: StateTtlConfig = new StateTtlConfig({
    timeToLive: Number.MAX_SAFE_INTEGER,
    updateType: 'Disabled',
  });

  readonly timeToLiveMs: number;
  readonly updateType: StateTtlUpdateType;
  readonly stateVisibility: StateTtlVisibility;
  readonly ttlTimeCharacteristic = 'ProcessingTime';
  readonly cleanupStrategies: StateTtlCleanupStrategies;

  /** @throws ConfigError `CONFIG_VALUE_INVALID` */
  constructor(options: StateTtlOptions) {
    this.timeToLiveMs = durationMs(options.timeToLive, 'the time to live of state');
    if (this.timeToLiveMs === 0) {
      throw invalid(`the time to live ${options.timeToLive}`, 'a time longer than 0 ms');
    }
    this.updateType = oneOf('updateType', options.updateType, UPDATE_TYPES);
    this.stateVisibility = oneOf('stateVisibility', options.stateVisibility, VISIBILITIES);
    this.cleanupStrategies = cleanupStrategies(options);
  }

  get isEnabled(): boolean {
    return this.updateType !== 'Disabled';
  }
}

function cleanupStrategies(options: StateTtlOptions): StateTtlCleanupStrategies {
  const isCleanupInBackground = options.disableCleanupInBackground !== true;
  const incremental: Partial<IncrementalCleanup> | undefined =
    options.cleanupIncrementally ?? (isCleanupInBackground ? {} : undefined);
  const compaction: RocksdbCompactFilterCleanup | undefined =
    options.cleanupInRocksdbCompactFilter ?? (isCleanupInBackground ? {} : undefined);
  return {
    inFullSnapshot: options.cleanupFullSnapshot === true,
    isCleanupInBackground,
    incremental: incremental && {
      cleanupSize: count('cleanupSize', incremental.cleanupSize ?? DEFAULT_CLEANUP_SIZE),
      runCleanupForEveryRecord: incremental.runCleanupForEveryRecord === true,
    },
    rocksdbCompactFilter: compaction && {
      queryTimeAfterNumEntries: count(
        'queryTimeAfterNumEntries',
        compaction.queryTimeAfterNumEntries ?? DEFAULT_QUERY_TIME_AFTER_NUM_ENTRIES,
      ),
      periodicCompactionTimeMs: durationMs(
        compaction.periodicCompactionTime ?? DEFAULT_PERIODIC_COMPACTION_TIME,
        'periodicCompactionTime of a time to live',
      ),
    },
  };
}

/** The first of `known` is the default. */
function oneOf<S extends string>(name: string, given: S | undefined, known: readonly S[]): S {
  const value = given ?? (known[0] as S);
  if (!known.includes(value)) {
    throw invalid(`the ${name} '${value}' of a time to live`, known.join(', '));
  }
  return value;
}

function count(name: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 1) {
    throw invalid(`${name} ${value} of a time to live`, 'a whole number from 1');
  }
  return value;
}

function invalid(what: string, remedy: string): ConfigError {
  return new ConfigError('CONFIG_VALUE_INVALID', `${what} is invalid; use ${remedy}`);
}
