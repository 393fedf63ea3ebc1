/** Timers that Flink kept on the heap, beside state in RocksDB: they are in raw keyed state. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import '@millrace/avro';
import { errorCode, FileSystems, KeyGroupRange } from '@millrace/core';
import {
  type CheckpointMetadata,
  createStateHandleOpener,
  type KeyedStateHandle,
  type KeyGroupsStateHandle,
  keyedStateOf,
  loadCheckpointMetadata,
  openKeyedState,
  readCheckpointMetadata,
  type StreamStateHandle,
} from '@millrace/state';
import { whyNoNativeAddon } from '@millrace/state-backend-rocksdb';
import {
  convert,
  diffSnapshots,
  openSnapshot,
  readStateEntries,
  type StateEntry,
} from '@millrace/state-processor';
import { SeededRandom } from '@millrace/testing';
import {
  checkpointSettings,
  retainedCheckpoint,
  temporaryFolder,
} from '../interop/retained-checkpoint.ts';
import { assertSameOperators, type Operators } from '../interop/same-content.ts';
import {
  expectedFolder,
  FIXTURE_REBASE,
  FIXTURES,
  readExpected,
  readMetadataBytes,
} from './flink-fixtures.ts';
import { snapshotContent } from './snapshot-content.ts';

const FIXTURE = 'rocksdb-heaptimers-incremental-chk';
const FOLDER = expectedFolder(FIXTURE);
const { operators: expected } = readExpected(FIXTURE);
const UIDS = Object.keys(expected);
const folder = temporaryFolder('raw-keyed-timers');
const fileSystems = new FileSystems();
const openStateHandle = createStateHandleOpener({
  getFileSystem: (uri) => fileSystems.getFileSystem(uri),
  pathRebase: [FIXTURE_REBASE],
});

/** Of the subtasks of `by-long`. */
function keyedStates(): {
  readonly managed: KeyedStateHandle;
  readonly raw: KeyGroupsStateHandle;
}[] {
  const metadata = readCheckpointMetadata(readMetadataBytes(FOLDER), join(FIXTURES, FOLDER));
  const id = expected['by-long']!.operatorId;
  const operator = metadata.operatorStates.find(({ operatorId }) => operatorId === id)!;
  return [...operator.subtaskStates.values()].map((subtask) => ({
    managed: subtask.managedKeyedState!,
    raw: subtask.rawKeyedState as KeyGroupsStateHandle,
  }));
}

async function contentByUid(metadata: CheckpointMetadata): Promise<Operators> {
  const content = await snapshotContent(metadata, openStateHandle);
  return Object.fromEntries(
    UIDS.map((uid) => [uid, content.get(expected[uid]!.operatorId) ?? {}]),
  ) as Operators;
}

function withBytes(handle: KeyGroupsStateHandle, data: Uint8Array): KeyGroupsStateHandle {
  return { ...handle, stream: { kind: 'byte-stream', handleName: 'timers', data } };
}

function bytesOf(stream: StreamStateHandle): Buffer {
  assert.equal(stream.kind, 'byte-stream');
  return Buffer.from((stream as { data: Uint8Array }).data);
}

/** Timers and all other rows, by key group, as text. */
async function rowsOf(
  of: { managed: KeyedStateHandle | undefined; raw: KeyedStateHandle | undefined },
  range?: KeyGroupRange,
): Promise<string[]> {
  const handle = keyedStateOf({ managedKeyedState: of.managed, rawKeyedState: of.raw })!;
  const reader = await openKeyedState(handle, { numberOfKeyGroups: 128, openStateHandle });
  const rows: string[] = [];
  try {
    for await (const batch of reader.rows(range)) {
      for (const row of batch.rows) {
        const { name } = reader.header.states[row.stateId]!;
        const bytes = Buffer.from(batch.bytes.subarray(row.keyStart, row.valueEnd));
        rows.push(`${batch.keyGroup} ${name} ${bytes.toString('hex')}`);
      }
    }
  } finally {
    await reader.close();
  }
  return rows;
}

const isTimer = (row: string): boolean => row.includes(' _timer_state/');
const keyGroupOf = (row: string): number => Number.parseInt(row, 10);

after(() => rmSync(folder, { recursive: true }));

describe('timers in raw keyed state', () => {
  for (const parallelism of [1, 2, 3]) {
    it(`are restored with the state beside them, at parallelism ${parallelism}`, async () => {
      const checkpoint = await retainedCheckpoint({
        events: 0,
        parallelism,
        configuration: {
          ...checkpointSettings(folder),
          'execution.state-recovery.path': join(FIXTURES, FOLDER),
          'execution.state-recovery.path-rebase': `${FIXTURE_REBASE.from}=${FIXTURE_REBASE.to}`,
        },
      });

      const { metadata } = await loadCheckpointMetadata(fileSystems, checkpoint);
      assertSameOperators(await contentByUid(metadata), expected, UIDS);
    });
  }

  for (const timers of ['HEAP', 'ROCKSDB']) {
    const skip = whyNoNativeAddon() ?? false;
    it(`are restored into RocksDB with timers in ${timers}, and the state beside them`, {
      skip,
    }, async () => {
      for (const parallelism of [2, 3]) {
        const checkpoint = await retainedCheckpoint({
          events: 0,
          parallelism,
          configuration: {
            ...checkpointSettings(folder),
            'state.backend.type': 'rocksdb',
            'state.backend.rocksdb.timer-service.factory': timers,
            'execution.checkpointing.incremental': 'true',
            'execution.state-recovery.path': join(FIXTURES, FOLDER),
            'execution.state-recovery.path-rebase': `${FIXTURE_REBASE.from}=${FIXTURE_REBASE.to}`,
          },
        });

        const { metadata } = await loadCheckpointMetadata(fileSystems, checkpoint);
        assertSameOperators(await contentByUid(metadata), expected, UIDS);
        const states = metadata.operatorStates.flatMap((each) => [...each.subtaskStates.values()]);
        const hasRaw = states.some(({ rawKeyedState }) => rawKeyedState !== undefined);
        assert.equal(hasRaw, timers === 'HEAP');
      }
    });
  }

  it('are in the canonical savepoint that the checkpoint is converted to', async () => {
    const target = join(folder, 'converted');

    const { operators } = await convert(join(FIXTURES, FOLDER), target, {
      pathRebase: [FIXTURE_REBASE],
      parallelism: 3,
    });

    const { metadata } = await loadCheckpointMetadata(fileSystems, target);
    assertSameOperators(await contentByUid(metadata), expected, UIDS);
    for (const subtask of operators.flatMap((each) => [...each.subtaskStates.values()])) {
      assert.equal(subtask.rawKeyedState, undefined);
    }
  });

  it('are shown, counted and compared as timers by the toolbox', async () => {
    const snapshot = await openSnapshot(join(FIXTURES, FOLDER), {
      pathRebase: [FIXTURE_REBASE],
      uids: UIDS,
    });
    const state = '_timer_state/processing_user-timers';
    const timers: StateEntry[] = [];
    for await (const batch of readStateEntries(snapshot, { operator: 'by-long', state })) {
      timers.push(...batch);
    }

    assert.equal(timers.length, expected['by-long']!.timers!.processing.length);
    assert.deepEqual(
      snapshot.operator('by-long').timers.map(({ name }) => name),
      ['_timer_state/event_user-timers', state],
    );
    const { isEqual, states } = await diffSnapshots(snapshot, snapshot);
    assert.ok(isEqual && states.some((each) => each.state === state));
  });

  it('are rows among those of the state, key group by key group', async () => {
    const [first] = keyedStates();

    const rows = await rowsOf(first!);

    const keyGroups = rows.map(keyGroupOf);
    assert.deepEqual(
      keyGroups,
      [...keyGroups].sort((a, b) => a - b),
    );
    assert.ok(rows.some(isTimer) && rows.some((row) => !isTimer(row)));
  });

  it('are read alone where the operator has no other state', async () => {
    const [first] = keyedStates();

    const alone = await rowsOf({ managed: undefined, raw: first!.raw });

    assert.deepEqual(alone, (await rowsOf(first!)).filter(isTimer));
    assert.ok(alone.length > 0);
  });

  it('are read by ranges of key groups', async () => {
    const [first] = keyedStates();
    const all = await rowsOf(first!);
    const range = new KeyGroupRange(10, 30);

    const some = await rowsOf(first!, range);

    assert.deepEqual(
      some,
      all.filter((row) => range.contains(keyGroupOf(row))),
    );
    assert.ok(some.some(isTimer));
  });

  it('are none where no key group was written', async () => {
    const [first] = keyedStates();
    const raw = { ...first!.raw, offsets: first!.raw.offsets.map(() => -1) };

    const rows = await rowsOf({ managed: first!.managed, raw });

    assert.ok(rows.length > 0 && !rows.some(isTimer));
  });

  it('are refused when the raw state is something else, of the operator itself', async () => {
    const [first] = keyedStates();
    const bytes = bytesOf(first!.raw.stream).fill(7);

    await assert.rejects(rowsOf({ ...first!, raw: withBytes(first!.raw, bytes) }), {
      code: 'UNSUPPORTED',
      message: /holds no timers but something of the operator's own/,
    });
  });

  it('are refused in a format of Flink before 1.8', async () => {
    const [first] = keyedStates();
    const bytes = bytesOf(first!.raw.stream);
    bytes.writeInt32BE(1, first!.raw.offsets[0]! + 4);

    await assert.rejects(rowsOf({ ...first!, raw: withBytes(first!.raw, bytes) }), {
      code: 'SNAPSHOT_VERSION_UNSUPPORTED',
    });
  });

  it('say where they are cut or damaged, or are read to an end', async (t) => {
    const seed = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000);
    t.diagnostic(`MILLRACE_SEED=${seed}`);
    const random = new SeededRandom(seed);
    const { raw } = keyedStates()[0]!;
    const whole = bytesOf(raw.stream);
    const codes = new Set<unknown>();
    for (let i = 0; i < 300; i++) {
      const bytes = Buffer.from(whole);
      bytes[random.nextInt(bytes.length)]! ^= 1 << random.nextInt(8);
      const cut = random.nextInt(3) === 0 ? bytes.subarray(0, random.nextInt(bytes.length)) : bytes;
      try {
        await rowsOf({ managed: undefined, raw: withBytes(raw, cut) });
      } catch (error) {
        assert.ok(errorCode(error) !== undefined, String(error));
        codes.add(errorCode(error));
      }
    }
    assert.ok(codes.has('SNAPSHOT_CORRUPT'));
  });
});
