/** A snapshot holds the state as it was when it was taken, whatever happens while it is written. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type AppendingState, TimeWindow, Types } from '@millrace/core';
import fc from 'fast-check';
import type { KeyedStateBackend } from '../backend/keyed-state-backend.ts';
import type { KeyedStateHandle } from '../snapshot/keyed-state-handle.ts';
import { BackendFixture, runsOf, type StateBackendConformanceOptions } from './backend-fixture.ts';
import {
  LIST,
  listState,
  MAP,
  mapState,
  NAMES,
  type Numbers,
  REDUCING,
  VALUE,
  valueState,
  windowed,
} from './conformance-types.ts';
import { type Contents, ModelledState } from './modelled-state.ts';

const LONG = 300; // entries of a list or map: many slices under `SlicingClock`

type Step =
  | { readonly kind: 'change'; readonly seed: number }
  | { readonly kind: 'snapshot' }
  | { readonly kind: 'slices'; readonly count: number }
  | { readonly kind: 'cancel' };

const STEP: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('change' as const), seed: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('snapshot' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('slices' as const),
      count: fc.integer({ min: 1, max: 6 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel' as const) }) },
);

interface Taken {
  readonly expected: Contents;
  readonly handle: Promise<KeyedStateHandle | undefined>;
  readonly cancel: () => void;
  isCancelled: boolean;
  isWritten: boolean;
}

export function snapshotTests(options: StateBackendConformanceOptions): void {
  aSnapshotTests(options);
  aSnapshotFurtherTests(options);
  severalSnapshotsTests(options);
}

function aSnapshotTests(options: StateBackendConformanceOptions): void {
  describe('a snapshot', () => {
    it('does not see what is changed in place before it is written', async () => {
      const fixture = new BackendFixture(options);
      const backend = await fixture.open(Types.STRING);
      backend.setCurrentKey('a');
      valueState(backend, VALUE).update([1]);
      listState(backend, LIST).addAll([[1], [2]]);
      mapState(backend, MAP).put('k', [1]);

      const snapshot = backend.snapshot(1, fixture.streams);
      valueState(backend, VALUE).value()?.push(9);
      listState(backend, LIST).add([3]);
      for (const element of listState(backend, LIST).get()) {
        element.push(9);
      }
      mapState(backend, MAP).get('k')?.push(9);
      for (const value of mapState(backend, MAP).values()) {
        value.push(9);
      }
      const restored = await fixture.open(Types.STRING, { handles: [await snapshot.write()] });

      restored.setCurrentKey('a');
      assert.deepEqual(valueState(restored, VALUE).value(), [1]);
      assert.deepEqual([...listState(restored, LIST).get()], [[1], [2]]);
      assert.deepEqual(mapState(restored, MAP).get('k'), [1]);
    });

    it('does not see keys that come and go before it is written', async () => {
      const fixture = new BackendFixture(options);
      const backend = await fixture.open(Types.STRING);
      const state = valueState(backend, VALUE);
      for (const key of ['a', 'b', 'c']) {
        backend.setCurrentKey(key);
        state.update([1]);
      }

      const snapshot = backend.snapshot(1, fixture.streams);
      for (const key of ['a', 'b', 'new']) {
        backend.setCurrentKey(key);
        state.clear();
        state.update([2]);
      }
      backend.setCurrentKey('c');
      state.clear();
      const restored = await fixture.open(Types.STRING, { handles: [await snapshot.write()] });

      const found = ['a', 'b', 'c', 'new'].map((key) => {
        restored.setCurrentKey(key);
        return valueState(restored, VALUE).value();
      });
      assert.deepEqual(found, [[1], [1], [1], undefined]);
    });
  });
}

function aSnapshotFurtherTests(options: StateBackendConformanceOptions): void {
  describe('a snapshot', () => {
    it('does not see what is added to a namespace that others were merged into', async () => {
      const fixture = new BackendFixture(options);
      const backend = await fixture.open(Types.STRING);
      const state = windowed<string, AppendingState<Numbers, Numbers>>(backend, REDUCING);
      const [source, target] = [new TimeWindow(0, 10), new TimeWindow(0, 20)];
      backend.setCurrentKey('a');
      state.setCurrentNamespace(source);
      state.add([1]);

      const snapshot = backend.snapshot(1, fixture.streams);
      state.mergeNamespaces(target, [source]);
      state.setCurrentNamespace(target);
      state.add([2]);
      const restored = await fixture.open(Types.STRING, { handles: [await snapshot.write()] });

      const before = windowed<string, AppendingState<Numbers, Numbers>>(restored, REDUCING);
      restored.setCurrentKey('a');
      before.setCurrentNamespace(source);
      assert.deepEqual(before.get(), [1]);
      assert.deepEqual(state.get(), [1, 2]);
    });

    it('sees a map as it was although it is written in many slices', async () => {
      const fixture = new BackendFixture(options);
      const backend = await fixture.open(Types.STRING);
      const size = 500;
      backend.setCurrentKey('a');
      const state = mapState(backend, MAP);
      for (let i = 0; i < size; i++) {
        state.put(`${i}`, [i]);
      }

      fixture.clock.runsFreely = false;
      const handle = backend.snapshot(1, fixture.streams).write();
      for (let i = 0; i < size; i++) {
        await fixture.clock.nextSlice();
        state.remove(`${(i * 7) % size}`);
        state.put(`${(i * 11) % size}`, [-1]);
        state.put(`new ${i}`, [-1]);
      }
      await fixture.clock.runFreely();
      const restored = await fixture.open(Types.STRING, { handles: [await handle] });

      restored.setCurrentKey('a');
      const entries = [...mapState(restored, MAP).entries()];
      assert.equal(entries.length, size);
      assert.ok(entries.every(([key, value]) => value.length === 1 && `${value[0]}` === key));
    });
  });
}

function severalSnapshotsTests(options: StateBackendConformanceOptions): void {
  const skip = options.lacks?.['several-running-snapshots'] ?? false;
  describe('a snapshot taken while another is written', { skip }, () => {
    it('keeps the old values of a long map that the other is in the middle of', async () => {
      for (let slices = 0; slices < 12; slices += 12 / runsOf(options, 12)) {
        const { first, second } = await overlappingSnapshots(options, slices, (backend, round) => {
          const state = mapState(backend, MAP);
          for (let i = 0; i < LONG; i++) {
            state.put(`${i}`, [round]);
          }
          state.put(`only in ${round}`, [round]);
          state.remove(`only in ${round - 1}`);
        });

        const expected = (round: number) =>
          new Map([
            ...Array.from({ length: LONG }, (_, i) => [`${i}`, [round]] as const),
            [`only in ${round}`, [round]] as const,
          ]);
        assert.deepEqual(new Map(mapState(first, MAP).entries()), expected(1));
        assert.deepEqual(new Map(mapState(second, MAP).entries()), expected(2));
      }
    });

    it('keeps the old elements of a long list that the other is in the middle of', async () => {
      for (let slices = 0; slices < 24; slices += 24 / runsOf(options, 24)) {
        const { first, second } = await overlappingSnapshots(options, slices, (backend, round) => {
          listState(backend, LIST).update(Array.from({ length: LONG }, () => [round]));
          listState(backend, NAMES).addAll(Array.from({ length: LONG }, (_, i) => `${round} ${i}`));
        });

        const lists = (round: number) => Array.from({ length: LONG }, () => [round]);
        const names = (round: number) => Array.from({ length: LONG }, (_, i) => `${round} ${i}`);
        assert.deepEqual([...listState(first, LIST).get()], lists(1));
        assert.deepEqual([...listState(second, LIST).get()], lists(2));
        assert.deepEqual([...listState(first, NAMES).get()], names(1));
        assert.deepEqual([...listState(second, NAMES).get()], [...names(1), ...names(2)]);
      }
    });
  });

  describe('a snapshot', () => {
    it('holds its version, under any changes, with several at once, in any slices', {
      skip,
    }, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(STEP, { minLength: 20, maxLength: 250, size: 'max' }), (steps) =>
          runSteps(options, steps),
        ),
        { numRuns: runsOf(options, versionRuns(options)) },
      );
    });
  });
}

/** Formats share what holds versions, and compression is slow with many tiny states. */
function versionRuns({
  keyedStateFormat,
  snapshotCompression,
}: StateBackendConformanceOptions): number {
  if (snapshotCompression) {
    return 8;
  }
  return keyedStateFormat === 'canonical' ? 20 : 40;
}

/**
 * What two snapshots hold, for key 'a': the first of round 1; the second, begun after so many slices
 * of the first, of round 2. Round 3 is while both are written.
 */
async function overlappingSnapshots(
  options: StateBackendConformanceOptions,
  slices: number,
  change: (backend: KeyedStateBackend<string>, round: number) => void,
): Promise<{ first: KeyedStateBackend<string>; second: KeyedStateBackend<string> }> {
  const fixture = new BackendFixture(options);
  const backend = await fixture.open(Types.STRING);
  backend.setCurrentKey('a');
  fixture.clock.runsFreely = false;
  change(backend, 1);
  const first = backend.snapshot(1, fixture.streams).write();
  for (let i = 0; i < slices; i++) {
    await fixture.clock.nextSlice();
  }
  change(backend, 2);
  const second = backend.snapshot(2, fixture.streams).write();
  change(backend, 3);
  await fixture.clock.runFreely();
  const [ofFirst, ofSecond] = await Promise.all([first, second]);
  const restored = {
    first: await fixture.open(Types.STRING, { handles: [ofFirst] }),
    second: await fixture.open(Types.STRING, { handles: [ofSecond] }),
  };
  restored.first.setCurrentKey('a');
  restored.second.setCurrentKey('a');
  return restored;
}

async function runSteps(
  options: StateBackendConformanceOptions,
  steps: readonly Step[],
): Promise<void> {
  const fixture = new BackendFixture(options);
  const state = new ModelledState(await fixture.open(Types.STRING));
  const taken: Taken[] = [];
  fixture.clock.runsFreely = false;
  for (const step of steps) {
    switch (step.kind) {
      case 'change':
        state.change(step.seed);
        break;
      case 'snapshot':
        taken.push(take(fixture, state));
        break;
      case 'slices':
        for (let i = 0; i < step.count; i++) {
          await fixture.clock.nextSlice();
        }
        break;
      case 'cancel': {
        const running = taken.find((one) => !one.isCancelled && !one.isWritten);
        if (running !== undefined) {
          running.isCancelled = true;
          running.cancel();
        }
      }
    }
  }
  taken.push(take(fixture, state));
  await fixture.clock.runFreely();
  for (const { expected, handle, isCancelled } of taken) {
    if (!isCancelled) {
      const handles = [await handle];
      const restored = new ModelledState(await fixture.open(Types.STRING, { handles }));
      assert.deepEqual(restored.read(), expected);
    }
  }
  assert.equal(fixture.streams.openStreams, 0);
  assert.deepEqual(state.read(), taken.at(-1)?.expected);
}

function take(fixture: BackendFixture, state: ModelledState): Taken {
  const expected = state.model();
  const snapshot = state.backend.snapshot(fixture.nextCheckpointId(), fixture.streams);
  const handle = snapshot.write();
  const one: Taken = {
    expected,
    handle,
    cancel: () => snapshot.cancel(),
    isCancelled: false,
    isWritten: false,
  };
  handle.then(
    () => {
      one.isWritten = true;
    },
    () => undefined, // a cancelled one rejects; others are awaited
  );
  return one;
}
