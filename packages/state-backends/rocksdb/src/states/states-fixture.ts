/** For tests: states over a database, and a barrier that goes on when it is told. */
import {
  type AggregateFunction,
  KeyGroupRange,
  type StateDescriptor,
  type TypeInformation,
  Types,
} from '@millrace/core';
import { declaredMeta, type InternalKvState } from '@millrace/state';
import { WriteBatch } from '../database/write-batch.ts';
import { createRocksDBState } from './create-rocksdb-state.ts';
import { KeyContext } from './key-context.ts';
import { StateStore } from './state-store.ts';
import type { StateDatabase } from './value-cache.ts';

const NUMBER_OF_KEY_GROUPS = 16;

export class SteppedBarrier {
  /** What to do with the database once it holds the version. */
  onCopy: (() => void) | undefined;
  completions = 0;
  store!: StateStore<string>;
  private readonly batch = new WriteBatch();
  private isWritten = false;

  /** @param onCopy - the database then holds the version of now */
  fix(onCopy: () => void): void {
    this.complete();
    this.store.cache.fixVersion();
    this.onCopy = onCopy;
    this.isWritten = false;
  }

  /** One entry, or the copy. */
  step(): void {
    if (this.onCopy === undefined) {
      return;
    }
    if (!this.isWritten) {
      this.isWritten = this.store.cache.writeVersion(this.batch, () => true);
      this.store.database.write(this.batch);
      return;
    }
    this.onCopy();
    this.release();
  }

  complete(): void {
    if (this.onCopy !== undefined) {
      this.completions++;
      while (this.onCopy !== undefined) {
        this.step();
      }
    }
  }

  /** Gives up. */
  cancel(): void {
    if (this.onCopy !== undefined) {
      this.release();
    }
  }

  private release(): void {
    this.onCopy = undefined;
    this.store.cache.releaseVersion();
  }
}

export interface StatesOptions {
  readonly capacityBytes: number;
  readonly batchBytes?: number;
  /** None unless given. */
  readonly packedShare?: number;
}

export class States {
  readonly barrier: SteppedBarrier = new SteppedBarrier();
  readonly store: StateStore<string>;
  private columnFamilies = 0;

  constructor(
    database: StateDatabase,
    { capacityBytes, batchBytes = 1 << 16, packedShare = 0 }: StatesOptions,
  ) {
    const range = new KeyGroupRange(0, NUMBER_OF_KEY_GROUPS - 1);
    const serializer = Types.STRING.createSerializer();
    const keys = new KeyContext<string>(serializer, range, NUMBER_OF_KEY_GROUPS, {
      operatorName: 'counter',
    });
    const { barrier } = this;
    const memory = { capacityBytes, packedShare, batchBytes };
    this.store = new StateStore({ database, barrier, keys, ...memory });
    barrier.store = this.store;
  }

  setCurrentKey(key: string): void {
    this.store.keys.setCurrentKey(key);
  }

  /** In the column families 0, 1, … */
  create<S, N>(
    namespaceType: TypeInformation<N>,
    descriptor: StateDescriptor,
  ): S & InternalKvState<string, N> {
    const meta = declaredMeta(namespaceType, descriptor);
    const columnFamily = this.columnFamilies++;
    return createRocksDBState(this.store, { columnFamily, meta, descriptor }) as never;
  }

  /** All that can leave memory at this moment, as when others take the memory. */
  evictAll(): void {
    const { cache } = this.store;
    const { capacityBytes } = cache;
    cache.capacityBytes = 0;
    for (let i = 0; i < 100 && cache.size + cache.packed.size > 0; i++) {
      cache.makeRoom();
    }
    cache.capacityBytes = capacityBytes;
  }

  /** Writes all that is in memory. */
  writeAll(): void {
    this.store.cache.writeAllNow();
  }
}

export const JOINED: AggregateFunction<number, number[], string> = {
  createAccumulator: () => [],
  add: (value, accumulator) => {
    accumulator.push(value);
    return accumulator;
  },
  getResult: (accumulator) => accumulator.join(' '),
  merge: (a, b) => [...a, ...b],
};
