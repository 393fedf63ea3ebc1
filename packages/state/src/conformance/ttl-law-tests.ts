/** State with a time to live is what a plain model of it is, whatever happens when. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StateTtlConfig, type StateTtlOptions, Types } from '@millrace/core';
import fc from 'fast-check';
import type { KeyedStateBackend } from '../backend/keyed-state-backend.ts';
import type { KeyedStateHandle } from '../snapshot/keyed-state-handle.ts';
import { withTimeToLive } from '../ttl/ttl-keyed-state-backend.ts';
import {
  BackendFixture,
  runsOf,
  type StateBackendConformanceOptions,
  whyNoSnapshotCleanup,
} from './backend-fixture.ts';
import {
  AGGREGATING,
  aggregatingState,
  COUNT,
  listState,
  MAP,
  mapState,
  NAMES,
  REDUCING,
  reducingState,
  timeToLive,
  valueState,
} from './conformance-types.ts';
import { TtlModel } from './ttl-model.ts';

const TTL_MS = 10;
const KEYS = ['a', 'b', 'c'];
const USER_KEYS = ['x', 'y', 'z'];

const CONFIG: fc.Arbitrary<StateTtlOptions> = fc
  .record({
    timeToLive: fc.constant(TTL_MS),
    updateType: fc.constantFrom('OnCreateAndWrite' as const, 'OnReadAndWrite' as const),
    stateVisibility: fc.constantFrom(
      'NeverReturnExpired' as const,
      'ReturnExpiredIfNotCleanedUp' as const,
    ),
    cleanupFullSnapshot: fc.boolean(),
    cleanupSize: fc.integer({ min: 1, max: 4 }),
    runCleanupForEveryRecord: fc.boolean(),
  })
  .map(({ cleanupSize, runCleanupForEveryRecord, ...options }) => ({
    ...options,
    // What is seen of expired values that may be seen depends on who was faster.
    ...(options.stateVisibility === 'ReturnExpiredIfNotCleanedUp'
      ? { disableCleanupInBackground: true }
      : { cleanupIncrementally: { cleanupSize, runCleanupForEveryRecord } }),
  }));

const STEP = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record({
      kind: fc.constant('access' as const),
      key: fc.constantFrom(...KEYS),
      access: fc.nat(),
      n: fc.nat({ max: 8 }),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('time' as const),
      ms: fc.integer({ min: 0, max: TTL_MS + 2 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('snapshot' as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('slice' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restore' as const) }) },
);

type Step = typeof STEP extends fc.Arbitrary<infer S> ? S : never;
/** Does the same to state and model, and gives what each said. */
type Access = (n: number) => [unknown, unknown];

export function ttlLawTests(options: StateBackendConformanceOptions): void {
  describe('state with a time to live', () => {
    it('is what a plain model says, at any time, over snapshots and restores', async () => {
      const steps = fc.array(STEP, { minLength: 10, maxLength: 150, size: 'max' });

      await fc.assert(
        fc.asyncProperty(CONFIG, steps, (ttl, each) =>
          new TtlRun(options, cleaned(options, ttl)).run(each),
        ),
        { numRuns: runsOf(options, 150) },
      );
    });
  });
}

/** Without what the backend cannot do. */
function cleaned(options: StateBackendConformanceOptions, ttl: StateTtlOptions): StateTtlOptions {
  return whyNoSnapshotCleanup(options) === undefined ? ttl : { ...ttl, cleanupFullSnapshot: false };
}

class TtlRun {
  private readonly fixture: BackendFixture;
  private readonly config: StateTtlConfig;
  private model: TtlModel;
  private accesses: readonly Access[] = [];
  private backend!: KeyedStateBackend<string>;
  private taken: { handle: Promise<KeyedStateHandle | undefined>; model: TtlModel } | undefined;

  constructor(options: StateBackendConformanceOptions, ttl: StateTtlOptions) {
    this.fixture = new BackendFixture(options);
    this.config = new StateTtlConfig(ttl);
    this.model = new TtlModel(this.config);
  }

  async run(steps: readonly Step[]): Promise<void> {
    await this.open(undefined);
    for (const step of steps) {
      switch (step.kind) {
        case 'access':
          this.access(step);
          break;
        case 'time':
          this.model.now += step.ms;
          break;
        case 'snapshot':
          await this.snapshot();
          break;
        case 'slice':
          await this.fixture.clock.nextSlice();
          break;
        case 'restore':
          await this.restore();
      }
    }
    await this.snapshot();
    await this.restore();
    for (const key of KEYS) {
      for (const [index] of this.accesses.entries()) {
        this.access({ key, access: index, n: 1 });
      }
    }
  }

  private access(step: { key: string; access: number; n: number }): void {
    this.backend.setCurrentKey(step.key);
    this.model.key = step.key;
    const access = this.accesses[step.access % this.accesses.length] as Access;
    const [given, expected] = access(step.n);
    assert.deepEqual(given, expected);
  }

  private async snapshot(): Promise<void> {
    await this.fixture.clock.runFreely();
    await this.taken?.handle;
    this.fixture.clock.runsFreely = false;
    const model = this.model.snapshot();
    const id = this.fixture.nextCheckpointId();
    this.taken = { handle: this.backend.snapshot(id, this.fixture.streams).write(), model };
  }

  private async restore(): Promise<void> {
    if (this.taken !== undefined) {
      await this.fixture.clock.runFreely();
      const handle = await this.taken.handle;
      const { now } = this.model;
      this.model = this.taken.model;
      this.model.now = now;
      this.taken = undefined;
      await this.open(handle);
    }
  }

  private async open(handle: KeyedStateHandle | undefined): Promise<void> {
    const backend = await this.fixture.open(Types.STRING, { handles: [handle] });
    this.backend = withTimeToLive(backend, { currentProcessingTime: () => this.model.now });
    this.accesses = [...this.wholeAccesses(), ...this.listAccesses(), ...this.mapAccesses()];
  }

  private wholeAccesses(): Access[] {
    const value = valueState(this.backend, timeToLive(COUNT, this.config));
    const reducing = reducingState(this.backend, timeToLive(REDUCING, this.config));
    const aggregating = aggregatingState(this.backend, timeToLive(AGGREGATING, this.config));
    const { model } = this;
    return [
      (n) => [value.update(n), model.update(n)],
      () => [value.value(), model.value()],
      (n) => [reducing.add([n]), model.add('reducing', n)],
      () => [reducing.get(), model.folded('reducing')],
      (n) => [aggregating.add(n), model.add('aggregating', n)],
      () => [aggregating.get(), model.folded('aggregating')?.join(' ')],
      () => {
        const list = listState(this.backend, timeToLive(NAMES, this.config));
        const map = mapState(this.backend, timeToLive(MAP, this.config));
        for (const state of [value, reducing, aggregating, list, map]) {
          state.clear();
        }
        return [undefined, model.clear()];
      },
    ];
  }

  private listAccesses(): Access[] {
    const list = listState(this.backend, timeToLive(NAMES, this.config));
    const { model } = this;
    return [
      (n) => [list.add(`${n}`), model.addAll([`${n}`])],
      (n) => [list.addAll([`${n}`, 'all']), model.addAll([`${n}`, 'all'])],
      (n) => [list.update([`${n}`, 'up']), model.updateList([`${n}`, 'up'])],
      () => [[...list.get()], model.list()],
    ];
  }

  private mapAccesses(): Access[] {
    const map = mapState(this.backend, timeToLive(MAP, this.config));
    const { model } = this;
    const userKey = (n: number): string => USER_KEYS[n % USER_KEYS.length] as string;
    const sorted = <T>(items: Iterable<T>): T[] =>
      [...items].toSorted((a, b) => (String(a) < String(b) ? -1 : 1));
    return [
      (n) => [map.put(userKey(n), [n]), model.put(userKey(n), [n])],
      (n) => [map.get(userKey(n)), model.get(userKey(n))],
      (n) => [map.contains(userKey(n)), model.get(userKey(n)) !== undefined],
      (n) => [map.remove(userKey(n)), model.remove(userKey(n))],
      () => [sorted(map.entries()), sorted(model.entries())],
      () => [sorted(map.keys()), sorted(model.entries().map(([key]) => key))],
      () => [sorted(map.values()), sorted(model.entries().map(([, value]) => value))],
    ];
  }
}
