import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DataOutputView, Types } from '@millrace/core';
import { MemoryCheckpointStreams } from '../conformance/memory-checkpoint-streams.ts';
import { writeKeyedBackendHeader } from '../formats/keyed-backend-header.ts';
import type {
  ChangelogStateHandleStream,
  KeyedStateHandle,
} from '../snapshot/keyed-state-handle.ts';
import * as log from './changelog-fixture.ts';
import { readKeyGroups } from './key-group-collector.ts';
import { openKeyedState } from './open-keyed-state.ts';

const { openStateHandle } = new MemoryCheckpointStreams();
const OPTIONS = { numberOfKeyGroups: log.NUMBER_OF_KEY_GROUPS, openStateHandle };
const KEY = { key: 'k', namespace: 'n' };

const long = (value: number) => (output: DataOutputView) => log.LONG.serialize(value, output);
const SET_1 = log.scoped('SET', 'value', KEY, long(1));

/** By state: each entry as text. */
async function entriesOf(
  handle: KeyedStateHandle,
  options: { keySerializer?: ReturnType<typeof log.STRING.snapshotConfiguration> } = {},
): Promise<Record<string, unknown[]>> {
  const found: Record<string, unknown[]> = {};
  const reader = await openKeyedState(handle, { ...OPTIONS, ...options });
  for await (const group of readKeyGroups(reader, OPTIONS)) {
    for (const { state, entries, elements } of group.states) {
      const more = [...entries.map(({ value }) => value), ...elements];
      found[state.name] = [...(found[state.name] ?? []), ...more];
    }
  }
  await reader.close();
  return found;
}

function read(...changes: log.Change[]): Promise<Record<string, unknown[]>> {
  return entriesOf(log.changelogHandle([log.logHandle([[...log.METADATA, ...changes]])]));
}

/** One entry of the state `value`, of another type when it is said. */
function materialized(serializer: unknown, value: unknown): KeyedStateHandle {
  const output = new DataOutputView();
  const state = log.stateOf('value', 'VALUE', serializer);
  writeKeyedBackendHeader(output, {
    compressed: false,
    keySerializer: log.STRING.snapshotConfiguration(),
    states: [state],
  });
  const own = log.keyGroupOf(KEY.key);
  const offsets: number[] = [];
  for (let keyGroup = 0; keyGroup < log.NUMBER_OF_KEY_GROUPS; keyGroup++) {
    offsets.push(output.position);
    output.writeInt(keyGroup);
    output.writeShort(0);
    output.writeInt(keyGroup === own ? 1 : 0);
    if (keyGroup === own) {
      log.STRING.serialize(KEY.namespace, output);
      log.STRING.serialize(KEY.key, output);
      (serializer as typeof log.LONG).serialize(value as number, output);
    }
  }
  return {
    kind: 'key-groups',
    keyGroupRange: log.KEY_GROUPS,
    offsets,
    stateHandleId: 'base',
    stream: { kind: 'byte-stream', handleName: 'base', data: output.copyBytes() },
  };
}

describe('a changelog snapshot', () => {
  it('takes the type of keys from timers of the log, or from what was materialized', async () => {
    const timers = log.METADATA.slice(4);
    const value = log.METADATA.slice(0, 1);

    assert.deepEqual(
      await entriesOf(log.changelogHandle([log.logHandle([[...timers, ...value, SET_1]])])),
      { value: [1] },
    );
    assert.deepEqual(
      await entriesOf(
        log.changelogHandle([log.logHandle([[...value, SET_1]])], [materialized(log.LONG, 7)]),
      ),
      { value: [1] },
    );
  });

  it('takes it from whoever reads where neither is there, and says so without', async () => {
    const handle = log.changelogHandle([log.logHandle([[log.METADATA[0]!, SET_1]])]);

    const keySerializer = log.STRING.snapshotConfiguration();
    assert.deepEqual(await entriesOf(handle, { keySerializer }), { value: [1] });
    await assert.rejects(entriesOf(handle), {
      code: 'UNSUPPORTED',
      message: /changelog changelog \(states 'value'\).*its option keyTypes/,
    });
  });

  it('passes over the default of a state', async () => {
    const value = new DataOutputView();
    log.LONG.serialize(9, value);
    const named = log.metadata(log.STATES[0]!, 0, { default: value.copyBytes() });

    assert.deepEqual(await read(named, SET_1), { value: [1] });
  });

  it('brings values of an older type of a state to the newest, logged or materialized', async () => {
    const pojo = (fields: Record<string, unknown>) =>
      Types.POJO('acme.Order', fields as never).createSerializer();
    const [old, evolved] = [pojo({ id: Types.LONG }), pojo({ id: Types.LONG, note: Types.STRING })];
    const named = (serializer: unknown) =>
      log.metadata(log.stateOf('value', 'VALUE', serializer), 0);
    const set = (key: string, serializer: unknown, value: object) =>
      log.scoped('SET', 'value', { key, namespace: 'n' }, (output) =>
        (serializer as typeof log.LONG).serialize(value as never, output),
      );
    const handle = log.changelogHandle(
      [
        log.logHandle([[log.METADATA[4]!, named(old), set('a', old, { id: 2 })]]),
        log.logHandle([[named(evolved), set('b', evolved, { id: 3, note: 'x' })]], 'memory'),
      ],
      [materialized(old, { id: 1 })],
    );

    const { value = [] } = await entriesOf(handle);

    assert.deepEqual(value.map((each) => ({ ...(each as object) })).sort(byId), [
      { id: 1, note: null },
      { id: 2, note: null },
      { id: 3, note: 'x' },
    ]);
  });

  it('has of a map what was put after it was cleared last, materialized or not', async () => {
    const put = (key: string, userKey: string, value: string) =>
      log.scoped('ADD_OR_UPDATE_ELEMENT', 'map', { key, namespace: 'n' }, (output) => {
        log.STRING.serialize(userKey, output);
        log.STRING.serialize(value, output);
      });
    const remove = (key: string, userKey: string) =>
      log.scoped('REMOVE_ELEMENT', 'map', { key, namespace: 'n' }, (output) =>
        log.STRING.serialize(userKey, output),
      );
    const clear = (key: string) => log.scoped('CLEAR', 'map', { key, namespace: 'n' });

    const found = await read(
      put('a', 'x', '1'),
      put('a', 'y', '1'),
      put('b', 'x', '1'),
      clear('a'),
      put('a', 'x', '2'),
      clear('a'),
      clear('a'),
      put('a', 'z', '3'),
      remove('a', 'x'),
      remove('b', 'x'),
    );

    assert.deepEqual(found, { map: [new Map([['z', '3']])] });
  });

  it('is refused where its log changes a state to a type that nothing leads to', async () => {
    const text = log.metadata(log.stateOf('value', 'VALUE', log.STRING), 0);

    const sets = [[...log.METADATA, SET_1], [text]];

    await assert.rejects(entriesOf(log.changelogHandle([log.logHandle(sets)])), {
      code: 'STATE_INCOMPATIBLE',
      message: /changelog of state 'value' changes its type/,
    });
  });

  it('is refused where a merge was logged whose result only the function of the job gives', async () => {
    const other = { ...KEY, namespace: 'o' };
    const merge = log.scoped('MERGE_NS', 'reducing', KEY, (output) => {
      log.STRING.serialize('n', output);
      output.writeInt(1);
      log.STRING.serialize('o', output);
    });
    const set = (of: typeof KEY, value: number) =>
      log.scoped('SET_INTERNAL', 'reducing', of, long(value));

    await assert.rejects(read(set(KEY, 1), set(other, 2), merge), {
      code: 'UNSUPPORTED',
      message: /state 'reducing' merges namespaces/,
    });
    assert.deepEqual(await read(set(other, 2), merge), { reducing: [2] });
    assert.deepEqual(await read(set(KEY, 1), set(other, 2), merge, set(KEY, 5)), { reducing: [5] });
  });
});

function byId(a: unknown, b: unknown): number {
  return (a as { id: number }).id - (b as { id: number }).id;
}

describe('a corrupt changelog', () => {
  const corrupt = async (handle: KeyedStateHandle, message: RegExp): Promise<void> => {
    await assert.rejects(entriesOf(handle), { code: 'SNAPSHOT_CORRUPT', message });
  };
  const good = (): ChangelogStateHandleStream =>
    log.logHandle([[...log.METADATA, SET_1]]) as ChangelogStateHandleStream;
  const withFile = (change: (data: Uint8Array) => Uint8Array): KeyedStateHandle => {
    const handle = good();
    const streams = handle.streams.map(({ offset, handle: stream }) => {
      const data = change((stream as { data: Uint8Array }).data.slice());
      return { offset, handle: { kind: 'byte-stream' as const, handleName: 'log', data } };
    });
    return log.changelogHandle([{ ...handle, streams }]);
  };

  it('is refused with the file, the byte and the field', async () => {
    await corrupt(
      withFile((data) => data.subarray(0, data.length - 3)),
      /changelog \(inline, log\) is corrupt at byte \d+, in length of a change in key group \d/,
    );
    await corrupt(
      withFile((data) => data.fill(9, 0, 1)),
      /changelog \(inline, log\) begins with 9, which says neither plain/,
    );
    await corrupt(
      withFile((data) => data.fill(0x7f, 1, 2)),
      /at byte 0, in number of key groups: 21307064\d\d of them do not fit into \d+ bytes/,
    );
  });

  it('is refused where its size is not that of its handle', async () => {
    const handle = { ...good(), sizeBytes: 1 };

    await corrupt(
      log.changelogHandle([handle]),
      /the log log has \d+ bytes of changes instead of 1/,
    );
  });

  it('is refused where a change is none of its state, or of no state', async () => {
    const key = KEY.key;
    await assert.rejects(read({ ...SET_1, bytes: Uint8Array.of(99) }), {
      code: 'SNAPSHOT_CORRUPT',
      message: /in operation: 99 is none/,
    });
    await assert.rejects(read(log.scoped('ADD', 'value', KEY)), {
      message: /in operation: ADD is none of state 'value'/,
    });
    await assert.rejects(read(log.scoped('MERGE_NS', 'value', KEY)), {
      message: /in operation: MERGE_NS is none of state 'value'/,
    });
    await assert.rejects(read(log.change('SET', 77, key, () => {})), {
      message: /in state id: no state 77 was named before/,
    });
  });

  it('is refused where a change is longer than what it holds, or shorter', async () => {
    const bytes = Buffer.concat([SET_1.bytes, Uint8Array.of(0)]);

    await assert.rejects(read({ ...SET_1, bytes }), {
      code: 'SNAPSHOT_CORRUPT',
      message: /in end of file: 1 bytes follow/,
    });
    await assert.rejects(read({ ...SET_1, bytes: SET_1.bytes.subarray(0, -1) }), {
      code: 'SNAPSHOT_CORRUPT',
      message: /in value of state 'value'/,
    });
  });

  it('is refused where a key is not of its key group', async () => {
    const keyGroup = (SET_1.keyGroup + 1) % log.NUMBER_OF_KEY_GROUPS;

    await assert.rejects(read({ ...SET_1, keyGroup }), {
      code: 'SNAPSHOT_CORRUPT',
      message: /in key of state 'value': it is of key group \d, not \d/,
    });
    await assert.rejects(read({ ...SET_1, keyGroup: 100 }), {
      code: 'SNAPSHOT_CORRUPT',
      message: /has changes of key group 100, which is none of 0 to 3/,
    });
  });
});
