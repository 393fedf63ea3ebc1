/** Snapshots of every kind of state, through the backend and through the tools, and back. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { LocalFileSystem, type TypeInformation, Types } from '@millrace/core';
import {
  assignStates,
  CANONICAL_SAVEPOINT_PROPERTIES,
  EMPTY_SUBTASK_STATE,
  type KeyedStateFormat,
  type OperatorSubtaskState,
  operatorIdFromUid,
  savepointLocationAt,
} from '@millrace/state';
import fc from 'fast-check';
import { diffSnapshots } from '../inspect/diff-snapshots.ts';
import type { SnapshotDifference } from '../inspect/difference.ts';
import { verifySnapshot } from '../inspect/verify-snapshot.ts';
import { openSavepoint } from '../read/open-savepoint.ts';
import { openSnapshot } from '../snapshot/open-snapshot.ts';
import { convert } from './convert-savepoint.ts';
import {
  contentsOf,
  expectedContents,
  type Job,
  type Kind,
  keepUnionOnce,
  type Layout,
  openSubtasks,
  operatorContents,
  type RandomState,
  type Subtask,
  startJob,
} from './round-trip-fixture.ts';
import { temporaryFolder } from './written-savepoint-fixture.ts';

interface Form extends Layout {
  readonly format: KeyedStateFormat;
  readonly compression: boolean;
}

interface Step extends Form {
  /** `convert` may change the max parallelism too. */
  readonly through: 'backend' | 'convert';
}

const UID = 'round-trip';
const OPERATOR_ID = operatorIdFromUid(UID);
const folder = temporaryFolder();
let count = 0;
const newFolder = (): string => join(folder, String(count++));

const text = fc.string({ maxLength: 4, unit: 'binary' });
const long = fc.maxSafeInteger();
const KEYS: readonly (readonly [TypeInformation<never>, fc.Arbitrary<unknown>])[] = [
  [Types.STRING as never, text],
  [Types.LONG as never, long],
  [Types.TUPLE(Types.STRING, Types.INT) as never, fc.tuple(text, fc.integer())],
];
const CONTENTS: readonly (readonly [TypeInformation<never>, fc.Arbitrary<unknown>])[] = [
  [Types.STRING as never, text],
  [Types.LONG as never, long],
  [Types.DOUBLE as never, fc.double({ noNaN: true, noDefaultInfinity: true })],
  [Types.BOOLEAN as never, fc.boolean()],
  [Types.LIST(Types.LONG) as never, fc.array(long, { maxLength: 3 })],
  [Types.TUPLE(Types.STRING, Types.LONG) as never, fc.tuple(text, long)],
  [
    Types.POJO('com.acme.Order', { id: Types.LONG, note: Types.STRING }) as never,
    fc.record({ id: long, note: fc.option(text) }),
  ],
];

const state = fc.record({
  kind: fc.constantFrom<Kind>('value', 'list', 'map', 'reducing', 'aggregating', 'timers'),
  content: fc.nat(CONTENTS.length - 1),
  isWindowed: fc.boolean(),
  hasTtl: fc.boolean(),
});
/** A map may hold nothing for a user key; with a time to live it takes a type that has nothing. */
function contentOf(drawn: { kind: Kind; content: number; hasTtl: boolean }): fc.Arbitrary<unknown> {
  const value = CONTENTS[drawn.content]![1];
  return drawn.kind === 'map' && !drawn.hasTtl ? fc.option(value) : value;
}

const job: fc.Arbitrary<Job> = fc
  .record({
    keys: fc.constantFrom(...KEYS),
    states: fc.array(state, { minLength: 1, maxLength: 6 }),
  })
  .chain(({ keys: [keyType, key], states: drawn }) => {
    const states = drawn.map(({ kind, content, ...rest }, index): RandomState => {
      const name = kind === 'timers' ? `_timer_state/event_t${index}` : `${kind} ${index}`;
      return { ...rest, name, kind, type: CONTENTS[content]![0] };
    });
    const put = fc.nat(states.length - 1).chain((index) =>
      fc.record({
        state: fc.constant(states[index]!),
        key: fc.oneof(key, fc.constantFrom(...fc.sample(key, { numRuns: 4, seed: index }))),
        window: fc.constantFrom(-20, 0, 10),
        userKey: fc.string({ maxLength: 2 }),
        value: contentOf(drawn[index]!),
      }),
    );
    return fc.record({
      keyType: fc.constant(keyType as TypeInformation<unknown>),
      states: fc.constant(states),
      puts: fc.array(put, { maxLength: 50 }),
      split: fc.array(text, { maxLength: 6 }),
      union: fc.array(long, { maxLength: 4 }),
      broadcast: fc
        .array(fc.tuple(text, long), { maxLength: 4 })
        .map((entries) => new Map(entries)),
    });
  });
const form = fc
  .record({
    // The prefix of a key group has one byte up to 128, then two.
    maxParallelism: fc.constantFrom(1, 5, 128, 129, 600),
    parallelism: fc.integer({ min: 1, max: 4 }),
    format: fc.constantFrom<KeyedStateFormat>('canonical', 'native'),
    compression: fc.boolean(),
  })
  .map((each) => ({ ...each, parallelism: Math.min(each.parallelism, each.maxParallelism) }));
const step: fc.Arbitrary<Step> = fc
  .tuple(form, fc.constantFrom('backend' as const, 'convert' as const))
  .map(([each, through]) => ({ ...each, through }));

/** @returns the folder of the savepoint */
async function write(subtasks: readonly Subtask[], of: Form): Promise<string> {
  const path = newFolder();
  const location = await savepointLocationAt(path, {
    fileSystem: new LocalFileSystem(),
    keyedStateFormat: of.format,
    inlineThresholdBytes: 64,
    writeBufferSizeBytes: 4096,
  });
  const streams = { ...location, snapshotCompression: of.compression };
  const states = new Map<number, OperatorSubtaskState>();
  for (const [index, { keyed, operator }] of subtasks.entries()) {
    states.set(index, {
      ...EMPTY_SUBTASK_STATE,
      managedKeyedState: await keyed.snapshot(1, streams).write(),
      managedOperatorState: await operator.snapshot(1, streams).write(),
    });
  }
  const { parallelism, maxParallelism } = of;
  const operator = { operatorId: OPERATOR_ID, uid: UID, parallelism, maxParallelism };
  await location.writeMetadata({
    checkpointId: 1,
    masterStates: [],
    operatorStates: [
      { ...operator, coordinatorState: undefined, fullyFinished: false, subtaskStates: states },
    ],
    properties: CANONICAL_SAVEPOINT_PROPERTIES,
  });
  return path;
}

async function restore(path: string, of: Job, layout: Layout): Promise<Subtask[]> {
  const { metadata, openStateHandle } = await openSavepoint(path);
  const operator = { operatorId: OPERATOR_ID, ...layout, maxParallelismExplicit: true };
  const assignment = assignStates(metadata, [operator], { allowNonRestoredState: false });
  const { subtasks } = assignment.get(OPERATOR_ID)!;
  return openSubtasks(of, layout, { subtasks, openStateHandle });
}

async function take(path: string, before: Layout, of: Job, next: Step): Promise<string> {
  if (next.through === 'convert') {
    const { parallelism, maxParallelism, compression } = next;
    return (await convert(path, newFolder(), { parallelism, maxParallelism, compression })).path;
  }
  // A job keeps its max parallelism.
  const { maxParallelism } = before;
  const layout = { maxParallelism, parallelism: Math.min(next.parallelism, maxParallelism) };
  const subtasks = await restore(path, of, layout);
  keepUnionOnce(subtasks);
  return write(subtasks, { ...next, ...layout });
}

async function layoutOf(path: string): Promise<Layout> {
  const [operator] = (await openSavepoint(path)).metadata.operatorStates;
  return operator!;
}

async function check(path: string, of: Job, parallelism: number): Promise<void> {
  const { problems, unchecked } = await verifySnapshot(path);
  assert.deepEqual([...problems, ...unchecked], []);
  const { maxParallelism } = await layoutOf(path);
  const layout = { maxParallelism, parallelism: Math.min(parallelism, maxParallelism) };
  const subtasks = await restore(path, of, layout);
  assert.deepEqual(operatorContents(subtasks), {
    split: [...of.split].sort(),
    union: [...of.union].sort(),
    broadcast: of.broadcast,
  });
  assert.deepEqual(contentsOf(subtasks, of), expectedContents(of));
}

/** With the times that values with a time to live were last used at. */
async function differingEntries(a: string, b: string): Promise<SnapshotDifference[]> {
  const found: SnapshotDifference[] = [];
  await diffSnapshots(await openSnapshot(a), await openSnapshot(b), {
    onDifferences: (batch) => void found.push(...batch.filter(({ kind }) => kind === 'entry')),
  });
  return found;
}

describe('a snapshot of every kind of state', () => {
  it('comes back whole from canonical and native, compressed or not, rescaled up and down', async () => {
    await fc.assert(
      fc.asyncProperty(
        job,
        form,
        fc.array(step, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 4 }),
        async (drawn, begin, steps, parallelism) => {
          const first = await write(await startJob(drawn, begin), begin);
          await check(first, drawn, parallelism);

          let path = first;
          for (const each of steps) {
            path = await take(path, await layoutOf(path), drawn, each);
            await check(path, drawn, parallelism);
          }

          assert.deepEqual(await differingEntries(first, path), []);
        },
      ),
      { numRuns: 8 },
    );
  });
});
