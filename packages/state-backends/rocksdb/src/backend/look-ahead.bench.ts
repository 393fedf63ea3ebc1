/** Counting by key with few of the keys in memory: values read together for a slice, or one by one. */
import {
  KeyGroupRange,
  SystemClock,
  Types,
  type ValueState,
  ValueStateDescriptor,
} from '@millrace/core';
import type { BenchSuite } from '@millrace/core/bench';
import type { KeyedStateBackend } from '@millrace/state';
import { whyNoNativeAddon } from '../binding/load-native-addon.ts';
import { RocksDBBackendFixture } from './rocksdb-backend-fixture.ts';

const SLICE_RECORDS = 256; // what a task takes at a time
const ENTRY_BYTES = 400; // of the cache, about
const KEY_GROUPS = 128;

export async function bench(suite: BenchSuite): Promise<void> {
  if (whyNoNativeAddon() !== undefined) {
    return;
  }
  await compare(suite, suite.size(500_000, 500));
}

async function compare(suite: BenchSuite, keys: number): Promise<void> {
  const fixture = new RocksDBBackendFixture({ valueCacheBytes: (keys / 100) * ENTRY_BYTES });
  const operations = suite.size(300_000, 500);
  try {
    const backend = await open(fixture);
    const counter = new Counter(backend, keys);
    counter.fill();
    for (const kind of ['uniform', 'hot'] as const) {
      await suite.compare(`${kind} keys, ${keys}, a hundredth of them in memory`, {
        baseline: 'one by one',
        operations,
        turns: 5,
        variants: {
          'one by one': { run: () => counter.count(kind, operations, false) },
          'look-ahead': { run: () => counter.count(kind, operations, true) },
        },
      });
    }
  } finally {
    await fixture.close();
  }
}

function open(fixture: RocksDBBackendFixture): Promise<KeyedStateBackend<string>> {
  return fixture.createKeyedStateBackend<string>({
    operatorName: 'bench',
    keyType: Types.STRING,
    numberOfKeyGroups: KEY_GROUPS,
    keyGroupRange: new KeyGroupRange(0, KEY_GROUPS - 1),
    stateHandles: [],
    openStateHandle: () => Promise.reject(new Error('a bench restores nothing')),
    clock: new SystemClock(),
    snapshotSliceMs: 2,
    slot: { id: 'bench', managedMemoryBytes: 256 * 1024 * 1024 },
  });
}

class Counter {
  private readonly backend: KeyedStateBackend<string>;
  private readonly state: ValueState<number>;
  private readonly keys: number;
  private readonly slice: string[];
  private random: number;

  constructor(backend: KeyedStateBackend<string>, keys: number) {
    this.backend = backend;
    this.state = backend.getOrCreateKeyedState(
      Types.VOID_NAMESPACE,
      new ValueStateDescriptor('count', Types.LONG),
    );
    this.keys = keys;
    this.slice = [];
    this.random = 42;
  }

  fill(): void {
    for (let i = 0; i < this.keys; i++) {
      this.add(`user-${i}`);
    }
  }

  count(kind: 'uniform' | 'hot', records: number, aheadToo: boolean): number {
    const { slice } = this;
    const { lookAhead } = this.backend;
    let counted = 0;
    for (let at = 0; at < records; at += SLICE_RECORDS) {
      slice.length = 0;
      for (let i = at; i < Math.min(records, at + SLICE_RECORDS); i++) {
        slice.push(`user-${this.nextKey(kind)}`);
      }
      if (aheadToo && lookAhead?.isWorthwhile(slice.length) === true) {
        lookAhead.readAhead(slice);
      }
      for (const key of slice) {
        this.add(key);
        counted++;
      }
    }
    return counted;
  }

  private add(key: string): void {
    this.backend.setCurrentKey(key);
    this.state.update((this.state.value() ?? 0) + 1);
  }

  /** Hot ones are of a hundred keys nine times in ten. */
  private nextKey(kind: 'uniform' | 'hot'): number {
    this.random = (Math.imul(this.random, 1664525) + 1013904223) >>> 0; // Numerical Recipes
    const share = this.random / 2 ** 32;
    return Math.floor(kind === 'hot' && share < 0.9 ? share * 111 : share * this.keys);
  }
}
