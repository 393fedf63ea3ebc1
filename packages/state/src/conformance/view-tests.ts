/** A view shows the state as it was when it was opened, and a key is read as it is. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DataInputView, KeyGroupRange, Types } from '@millrace/core';
import fc from 'fast-check';
import type { KeyedStateBackend, KeyRows } from '../backend/keyed-state-backend.ts';
import type { KeyedStateView } from '../backend/keyed-state-view.ts';
import { readKeyedBackendHeader } from '../formats/keyed-backend-header.ts';
import { RowCodec, rowCodecs, rowInput } from '../rows/row-codec.ts';
import { batchesOfPage, type RowPage } from '../rows/row-page.ts';
import {
  BackendFixture,
  NUMBER_OF_KEY_GROUPS,
  runsOf,
  type StateBackendConformanceOptions,
} from './backend-fixture.ts';
import { listState, MAP, mapState, NAMES, VALUE, valueState } from './conformance-types.ts';
import { type Contents, ModelledState } from './modelled-state.ts';
import { openAt, statesOf, TTL_MS } from './ttl-fixture.ts';

type Step =
  | { readonly kind: 'change'; readonly seed: number }
  | { readonly kind: 'open' }
  | { readonly kind: 'page'; readonly rows: number }
  | { readonly kind: 'close' }
  | { readonly kind: 'snapshot' };

const STEP: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('change' as const), seed: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('open' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('page' as const),
      rows: fc.integer({ min: 1, max: 40 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('close' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('snapshot' as const) }) },
);

/** A view that is read a page at a time. */
class ReadView {
  readonly expected: Contents;
  private readonly view: KeyedStateView;
  private readonly found: Map<string, unknown> = new Map();
  private next: ReturnType<KeyedStateView['read']>['next'];
  private hasEnded = false;

  constructor(view: KeyedStateView, expected: Contents) {
    this.view = view;
    this.expected = expected;
  }

  page(maxRows: number): void {
    if (this.hasEnded) {
      return;
    }
    const limits = { maxRows, maxBytes: 1024 * 1024, isOver: () => false };
    // Places survive a copy, as they cross threads.
    const page = this.view.read({ ...limits, after: structuredClone(this.next) });
    for (const [place, value] of placesOf(this.view.header, page.rows)) {
      assert.ok(!this.found.has(place), `${place} comes twice`);
      this.found.set(place, value);
    }
    this.next = page.next;
    this.hasEnded = page.next === undefined;
  }

  checkToEnd(): void {
    while (!this.hasEnded) {
      this.page(7);
    }
    const found = Array.from(this.found).toSorted(([a], [b]) => (a < b ? -1 : 1));
    assert.deepEqual(Object.fromEntries(found), this.expected);
    this.close();
  }

  close(): void {
    this.view.close();
  }
}

export function viewTests(options: StateBackendConformanceOptions): void {
  describe('a view', () => {
    it('shows the state of its moment, under any changes, with several at once, in any pages', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(STEP, { minLength: 20, maxLength: 150, size: 'max' }), (steps) =>
          runSteps(options, steps),
        ),
        { numRuns: runsOf(options, 12) },
      );
    });

    it('does not see what is changed in place before it is read', async () => {
      const backend = await new BackendFixture(options).open(Types.STRING);
      backend.setCurrentKey('a');
      valueState(backend, VALUE).update([1]);
      mapState(backend, MAP).put('k', [1]);

      const view = await backend.openView();
      valueState(backend, VALUE).value()?.push(9);
      mapState(backend, MAP).get('k')?.push(9);
      const places = placesOf(view.header, all(view));
      view.close();

      assert.deepEqual(Object.fromEntries(places), { 'value a': [1], 'map a k': [1] });
    });

    it('gives the states and key groups alone that are asked for', async () => {
      const backend = await new BackendFixture(options).open(Types.STRING);
      for (let i = 0; i < 40; i++) {
        backend.setCurrentKey(`${i}`);
        valueState(backend, VALUE).update([i]);
        listState(backend, NAMES).add(`${i}`);
      }
      const keyGroups = new KeyGroupRange(3, 9);

      const view = await backend.openView();
      const { states } = readKeyedBackendHeader(new DataInputView(view.header));
      const stateId = states.findIndex(({ name }) => name === NAMES.name);
      const page = all(view, { stateIds: [stateId], keyGroups });
      const whole = all(view);
      view.close();

      const wanted = [...batchesOfPage(whole)].filter(({ keyGroup }) =>
        keyGroups.contains(keyGroup),
      );
      const expected = wanted.flatMap(({ keyGroup, rows }) =>
        rows.filter((row) => row.stateId === stateId).map(() => keyGroup),
      );
      const found = [...batchesOfPage(page)].flatMap(({ keyGroup, rows }) =>
        rows.map((row) => (row.stateId === stateId ? keyGroup : -1)),
      );
      assert.deepEqual(found, expected);
      assert.ok(found.length > 5 && found.length < 40);
    });

    it('ends a page as soon as its time is over, after one row at least', async () => {
      const backend = await new BackendFixture(options).open(Types.STRING);
      for (let i = 0; i < 20; i++) {
        backend.setCurrentKey(`${i}`);
        valueState(backend, VALUE).update([i]);
      }

      const view = await backend.openView();
      const limits = { maxRows: 100, maxBytes: 1024, isOver: () => true };
      const first = view.read(limits);
      const second = view.read({ ...limits, after: first.next });
      view.close();

      assert.equal([...placesOf(view.header, first.rows)].length, 1);
      assert.equal([...placesOf(view.header, second.rows)].length, 1);
    });

    it('is without what had expired when it was opened', async () => {
      const { state, time } = await openAt(options);
      const states = statesOf(state, { timeToLive: TTL_MS });
      states.write('old');
      time.now = TTL_MS / 2;
      states.names.add('new');
      states.map.put('new', [2]);

      time.now = TTL_MS;
      const view = await state.openView();
      time.now = 10 * TTL_MS;
      const places = placesOf(view.header, all(view)).map(([place]) => place);
      view.close();

      assert.deepEqual(places.toSorted(), ['map a new', 'names a']);
    });

    it('is closed with its backend', async () => {
      const backend = await new BackendFixture(options).open(Types.STRING);
      backend.setCurrentKey('a');
      valueState(backend, VALUE).update([1]);
      const view = await backend.openView();

      await backend.dispose();

      view.close(); // Twice does nothing.
    });
  });
  readKeyTests(options);
}

function readKeyTests(options: StateBackendConformanceOptions): void {
  describe('a key that is read', () => {
    it('gives its latest writes in every namespace and state, and changes nothing', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.nat(), { minLength: 1, maxLength: 80 }), async (seeds) => {
          const fixture = new BackendFixture(options);
          const state = new ModelledState(await fixture.open(Types.STRING));
          for (const [index, seed] of seeds.entries()) {
            state.change(seed);
            const key = state.backend.currentKey;
            if (index % 9 === 0) {
              assert.deepEqual(await readKey(state.backend, key), ofKey(state.model(), key));
              assert.equal(state.backend.currentKey, key);
            }
          }
          assert.deepEqual(state.read(), state.model());
        }),
        { numRuns: runsOf(options, 6) },
      );
    });

    it('waits for no checkpoint that is written, and disturbs none', async () => {
      const fixture = new BackendFixture(options);
      const state = new ModelledState(await fixture.open(Types.STRING));
      for (let seed = 0; seed < 60; seed++) {
        state.change(seed);
      }
      const expected = state.model();

      fixture.clock.runsFreely = false;
      const handle = state.backend.snapshot(1, fixture.streams).write();
      for (let seed = 60; seed < 120; seed++) {
        state.change(seed);
      }
      const key = state.backend.currentKey;
      const reading = readKey(state.backend, key);
      await fixture.clock.runFreely();

      assert.deepEqual(await reading, ofKey(state.model(), key));
      const restored = await fixture.open(Types.STRING, { handles: [await handle] });
      assert.deepEqual(new ModelledState(restored).read(), expected);
    });

    it('is without what has expired', async () => {
      const { state, time } = await openAt(options);
      const states = statesOf(state, { timeToLive: TTL_MS });
      states.write('old');
      time.now = TTL_MS / 2;
      states.map.put('new', [2]);
      time.now = TTL_MS;

      const found = await readKey(state, 'a');

      assert.deepEqual(Object.keys(found), ['map a new']);
    });
  });
}

async function runSteps(
  options: StateBackendConformanceOptions,
  steps: readonly Step[],
): Promise<void> {
  const fixture = new BackendFixture(options);
  const state = new ModelledState(await fixture.open(Types.STRING));
  const views: ReadView[] = [];
  const snapshots: Promise<unknown>[] = [];
  for (const step of steps) {
    switch (step.kind) {
      case 'change':
        state.change(step.seed);
        break;
      case 'open':
        views.push(await open(state));
        break;
      case 'page':
        views[step.rows % Math.max(1, views.length)]?.page(step.rows);
        break;
      case 'close':
        views.shift()?.close();
        break;
      case 'snapshot':
        snapshots.push(fixture.snapshot(state.backend));
    }
  }
  views.push(await open(state));
  state.change(1);
  for (const view of views) {
    view.checkToEnd();
  }
  await Promise.all(snapshots);
  assert.deepEqual(state.read(), state.model());
}

async function open(state: ModelledState): Promise<ReadView> {
  let expected: Contents = {};
  const view = await state.backend.openView(() => {
    expected = state.model();
  });
  return new ReadView(view, expected);
}

const UNLIMITED = {
  maxRows: Number.MAX_SAFE_INTEGER,
  maxBytes: Number.MAX_SAFE_INTEGER,
  isOver: () => false,
};

function all(view: KeyedStateView, of: object = {}): RowPage {
  const limits = { maxRows: 10_000, maxBytes: 1024 * 1024, isOver: () => false };
  return view.read({ ...limits, ...of }).rows;
}

async function readKey(backend: KeyedStateBackend<string>, key: string): Promise<Contents> {
  const view = await backend.openView();
  const { header } = view;
  view.close();
  const found = new Map<string, unknown>();
  const { states } = readKeyedBackendHeader(new DataInputView(header));
  for (const { name, backendStateType } of states) {
    const whole = await backend.readKey(name, key, UNLIMITED);
    assert.equal(whole.truncated, false);
    if (backendStateType === 'KEY_VALUE') {
      checkCut(whole, await backend.readKey(name, key, { ...UNLIMITED, maxRows: 1 }));
    }
    for (const [place, value] of placesOf(header, whole.rows)) {
      found.set(place, value);
    }
  }
  return Object.fromEntries(Array.from(found).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** A key that has more than the limits let in is cut, and said to be. */
function checkCut(whole: KeyRows, cut: KeyRows): void {
  assert.equal(numberOfRows(cut), Math.min(1, numberOfRows(whole)));
  assert.ok(cut.truncated || numberOfRows(whole) <= 1);
}

function numberOfRows({ rows }: KeyRows): number {
  return Array.from(batchesOfPage(rows)).reduce((sum, batch) => sum + batch.rows.length, 0);
}

function ofKey(contents: Contents, key: string): Contents {
  return Object.fromEntries(
    Object.entries(contents).filter(([place]) => place.split(' ')[1] === key),
  );
}

/** As `ModelledState` names them. */
function placesOf(headerBytes: Uint8Array, page: RowPage): [string, unknown][] {
  const header = readKeyedBackendHeader(new DataInputView(headerBytes));
  const codecs = rowCodecs(header, { numberOfKeyGroups: NUMBER_OF_KEY_GROUPS });
  const places: [string, unknown][] = [];
  for (const batch of batchesOfPage(page)) {
    const input = rowInput({ source: 'a view' }, batch);
    for (const row of batch.rows) {
      const codec = codecs[row.stateId];
      assert.ok(codec instanceof RowCodec);
      if (codec.kind === 'timer') {
        const { key, timestamp } = codec.readTimer(input, row);
        places.push([`timer ${key} ${timestamp}`, true]);
        continue;
      }
      const { key, namespace, userKey } = codec.readKey(input, row);
      const parts = codec.state.name.startsWith('window') ? [namespace] : [];
      const more = userKey === undefined ? parts : [...parts, userKey];
      const value = codec.readValue(input, row);
      const shown = codec.state.name === 'aggregating' ? (value as number[]).join(' ') : value;
      places.push([[codec.state.name, key, ...more].join(' '), shown]);
    }
  }
  return places;
}
