/** What is compared: sizes, accesses and sides of each section. */
import type { Group } from './accesses.ts';
import type { BackendKind } from './compared-state-backends.ts';
import type { Distribution } from './key-order.ts';

export interface Measure {
  /** Untimed runs of each access before. */
  readonly warmUps: number;
  readonly iterations: number;
  readonly iterationMs: number;
  /** Operations whose results must be the same on all sides. */
  readonly checkedOperations: number;
  /** At most, of `PASS_OPERATIONS`. */
  readonly passOperationsMax: number;
}

export interface AccessSection {
  readonly kind: 'accesses';
  readonly name: string;
  readonly title: string;
  readonly backend: BackendKind;
  readonly keys: number;
  /** What it measures is measured with fewer keys as well. */
  readonly isOfManyKeys: boolean;
  readonly distributions: readonly Distribution[];
  readonly accesses: Readonly<Partial<Record<Group, readonly string[]>>>;
  readonly measure: Measure;
}

export interface CheckpointSection {
  readonly kind: 'checkpoints';
  readonly name: string;
  readonly title: string;
  readonly backend: BackendKind;
  readonly keys: number;
  /** How often the longest pause of the accesses by a checkpoint is measured. */
  readonly pauses: number;
  /** Of accesses without a checkpoint, before each. */
  readonly pauseMs: number;
  /** Checkpoint, restore and rescale too. */
  readonly withRestore: boolean;
  /** How often 1 % of the keys is touched and a checkpoint taken. */
  readonly checkpoints: number;
  /** Keys that are read after each restore. */
  readonly sampledKeys: number;
}

export type Section = AccessSection | CheckpointSection;

/** What a slot's managed memory is on both sides. */
export const BUDGET_BYTES: number = 128 * 1024 * 1024;

/** Those that make state grow run in passes of so many accesses, after which what they added goes again. */
export const PASS_OPERATIONS: ReadonlyMap<string, number> = new Map([
  ['value add', 500_000],
  ['list add', 250_000],
  ['list addAll100', 50_000],
  ['map add', 500_000],
]);

const VALUE = ['get', 'update', 'get+update', 'add'];
const LIST = ['get', 'add', 'addAll100'];
const MAP = ['get', 'put', 'contains', 'iterate10', 'add'];
const BOTH: readonly Distribution[] = ['uniform', 'zipf'];

export function sectionsOf(size: 'full' | 'quick'): readonly Section[] {
  const quick = size === 'quick';
  const measure: Measure = quick
    ? { warmUps: 1, iterations: 1, iterationMs: 5, checkedOperations: 500, passOperationsMax: 200 }
    : {
        warmUps: 3,
        iterations: 5,
        iterationMs: 700,
        checkedOperations: 2_000,
        passOperationsMax: Number.POSITIVE_INFINITY,
      };
  const keys = quick ? 1_000 : 500_000;
  const manyKeys = quick ? 5_000 : 10_000_000;
  const accesses = { value: VALUE, list: LIST, map: MAP };
  const distributions = quick ? (['zipf'] as const) : BOTH;
  const isOfManyKeys = false;
  const all = { kind: 'accesses', distributions, accesses, keys, isOfManyKeys, measure } as const;
  const many = {
    ...all,
    keys: manyKeys,
    isOfManyKeys: true,
    accesses: { value: ['get', 'update', 'get+update'] },
  } as const;
  return [
    { ...all, name: 'heap', backend: 'hashmap', title: 'State access on the heap' },
    { ...all, name: 'rocksdb', backend: 'rocksdb', title: 'State access on RocksDB' },
    { ...many, name: 'heap-many', backend: 'hashmap', title: 'Many keys on the heap' },
    { ...many, name: 'rocksdb-many', backend: 'rocksdb', title: 'Many keys on RocksDB' },
    ...checkpointSections(quick, manyKeys),
  ];
}

function checkpointSections(quick: boolean, manyKeys: number): CheckpointSection[] {
  const sizes = {
    kind: 'checkpoints',
    pauses: quick ? 1 : 3,
    pauseMs: quick ? 50 : 1000,
    checkpoints: quick ? 1 : 3,
    sampledKeys: quick ? 500 : 100_000,
  } as const;
  const pause = { ...sizes, keys: manyKeys / 10, withRestore: false };
  const whole = { ...sizes, keys: manyKeys, withRestore: true };
  return [
    { ...pause, name: 'heap-pause', backend: 'hashmap', title: 'Pauses on the heap' },
    { ...pause, name: 'rocksdb-pause', backend: 'rocksdb', title: 'Pauses on RocksDB' },
    { ...whole, name: 'heap-checkpoint', backend: 'hashmap', title: 'Checkpoints of the heap' },
    { ...whole, name: 'checkpoint', backend: 'rocksdb', title: 'Checkpoints of RocksDB' },
  ];
}
