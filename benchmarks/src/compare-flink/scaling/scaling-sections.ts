/** At which numbers of keys and at which parallelism a record of a keyed count is measured. */
import type { BackendKind } from '../compared-state-backends.ts';
import type { TurnMeasure } from '../pipelines/pipeline-turns.ts';
import type { ComparedLine } from '../report/compared-line.ts';
import { HEAP_MIB } from '../side-programs.ts';

export interface ScalingSection {
  /** A power of ten, up to 10^7. */
  readonly keys: number;
  readonly backend: BackendKind;
  readonly parallelism: number;
  /** Of Millrace. */
  readonly target: 'local' | 'threads';
  readonly plot: NonNullable<ComparedLine['plotted']>['plot'];
  readonly measure: ScalingMeasure;
}

export interface ScalingMeasure extends TurnMeasure {
  /** So many records at most have their results compared; two for each key at fewer keys. */
  readonly checkedRecordsMax: number;
  /** At least; and until each key has come. */
  readonly warmUpMs: number;
  readonly rounds: number;
  /** Of the JVM, and of V8's old generation. */
  readonly heapMiB: number;
}

const FULL: ScalingMeasure = {
  checkedRecordsMax: 1_000_000,
  warmUpMs: 5000,
  rounds: 5,
  settleMs: 300,
  turnMs: 1500,
  heapMiB: HEAP_MIB,
};

const QUICK: ScalingMeasure = {
  checkedRecordsMax: 20_000,
  warmUpMs: 200,
  rounds: 1,
  settleMs: 50,
  turnMs: 300,
  heapMiB: 512,
};

const KEYS = {
  full: {
    hashmap: [10_000, 100_000, 1_000_000, 10_000_000],
    rocksdb: [10_000, 100_000, 1_000_000, 10_000_000],
  },
  quick: { hashmap: [1000, 10_000], rocksdb: [1000] },
} as const;
const KEYS_OF_PARALLELISM = { full: 100_000, quick: 1000 } as const;

export function scalingSections(size: 'full' | 'quick'): readonly ScalingSection[] {
  const measure = size === 'full' ? FULL : QUICK;
  const sections: ScalingSection[] = [];
  for (const backend of ['hashmap', 'rocksdb'] as const) {
    for (const keys of KEYS[size][backend]) {
      const of = { parallelism: 1, target: 'local', plot: 'scaling-keys' } as const;
      sections.push({ ...of, keys, backend, measure });
    }
    for (const parallelism of [1, 2]) {
      const of = { target: 'threads', plot: 'scaling-parallelism' } as const;
      sections.push({ ...of, keys: KEYS_OF_PARALLELISM[size], backend, parallelism, measure });
    }
  }
  return sections;
}
