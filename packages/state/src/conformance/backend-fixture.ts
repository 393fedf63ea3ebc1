/** Opens, snapshots and restores backends for the conformance tests. */
import { KeyGroupRange, type TypeInformation } from '@millrace/core';
import type { KeyedStateBackend, StateBackend } from '../backend/keyed-state-backend.ts';
import type { ReportStateMismatch } from '../backend/serializer-verdict.ts';
import type { KeyedStateHandle } from '../snapshot/keyed-state-handle.ts';
import type { KeyedStateFormat } from '../storage/checkpoint-storage.ts';
import { MemoryCheckpointStreams } from './memory-checkpoint-streams.ts';
import { SlicingClock } from './slicing-clock.ts';

export const NUMBER_OF_KEY_GROUPS = 16;
export const ALL_KEY_GROUPS: KeyGroupRange = new KeyGroupRange(0, NUMBER_OF_KEY_GROUPS - 1);

/** What a conformance test cannot expect of some backend. */
export type StateBackendCapability =
  | 'several-running-snapshots'
  | 'migration'
  | 'user-key-migration'
  | 'full-snapshot-cleanup'
  /** The same of native snapshots alone: canonical ones are cleaned up. */
  | 'native-snapshot-cleanup'
  | 'incremental-cleanup';

export interface StateBackendConformanceOptions {
  /** A fresh backend for each test. */
  createBackend(): StateBackend;
  /** Of the snapshots that the tests take; the suite sets it. */
  readonly keyedStateFormat?: KeyedStateFormat;
  readonly snapshotCompression?: boolean;
  /** How much of the random tests is run, 1 unless given: for a backend that takes its time. */
  readonly runsShare?: number;
  /** Capabilities that the backend does not have, each with the reason that the report shows. */
  readonly lacks?: Partial<Record<StateBackendCapability, string>>;
}

/** How many runs of a random test, of so many where nothing is said. */
export function runsOf(options: StateBackendConformanceOptions, all: number): number {
  return Math.ceil(all * (options.runsShare ?? 1));
}

/** Why expired values are in full snapshots all the same; `undefined` when they are not. */
export function whyNoSnapshotCleanup({
  lacks,
  keyedStateFormat,
}: StateBackendConformanceOptions): string | undefined {
  const ofNative =
    keyedStateFormat === 'canonical' ? undefined : lacks?.['native-snapshot-cleanup'];
  return lacks?.['full-snapshot-cleanup'] ?? ofNative;
}

export interface OpenOptions {
  readonly range?: KeyGroupRange;
  readonly handles?: readonly (KeyedStateHandle | undefined)[];
  readonly reportMismatch?: ReportStateMismatch;
}

export class BackendFixture {
  readonly streams: MemoryCheckpointStreams;
  readonly clock: SlicingClock = new SlicingClock();
  readonly backend: StateBackend;
  private checkpointId = 1;

  constructor(options: StateBackendConformanceOptions) {
    this.streams = new MemoryCheckpointStreams(options.keyedStateFormat, options);
    this.backend = options.createBackend();
  }

  open<K>(keyType: TypeInformation<K>, options: OpenOptions = {}): Promise<KeyedStateBackend<K>> {
    const { range = ALL_KEY_GROUPS, handles = [], reportMismatch } = options;
    return this.backend.createKeyedStateBackend({
      operatorName: 'counter',
      keyType,
      numberOfKeyGroups: NUMBER_OF_KEY_GROUPS,
      keyGroupRange: range,
      stateHandles: handles.filter((handle) => handle !== undefined),
      openStateHandle: this.streams.openStateHandle,
      clock: this.clock,
      snapshotSliceMs: 1,
      ...(reportMismatch === undefined ? {} : { reportMismatch }),
    });
  }

  nextCheckpointId(): number {
    return this.checkpointId++;
  }

  /** Takes a snapshot and writes it at once. */
  snapshot<K>(backend: KeyedStateBackend<K>): Promise<KeyedStateHandle | undefined> {
    return backend.snapshot(this.nextCheckpointId(), this.streams).write();
  }

  /** A new backend that holds what `backend` held. */
  async reopen<K>(
    backend: KeyedStateBackend<K>,
    keyType: TypeInformation<K>,
  ): Promise<KeyedStateBackend<K>> {
    return this.open(keyType, { handles: [await this.snapshot(backend)] });
  }
}
