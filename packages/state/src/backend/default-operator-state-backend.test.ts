import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ListStateDescriptor, MapStateDescriptor, Types } from '@millrace/core';
import { MemoryCheckpointStreams } from '../conformance/memory-checkpoint-streams.ts';
import { createOperatorStateBackend } from './default-operator-state-backend.ts';
import type { OperatorStateBackend } from './operator-state-backend.ts';

const SPLITS = new ListStateDescriptor('splits', Types.LIST(Types.LONG));
const SEEN = new ListStateDescriptor('seen', Types.STRING);
const RULES = new MapStateDescriptor('rules', Types.STRING, Types.LIST(Types.LONG));

const streams = new MemoryCheckpointStreams();
const { openStateHandle } = streams;
const operatorName = 'reader';

function open(): Promise<OperatorStateBackend> {
  return createOperatorStateBackend({ operatorName, stateHandles: [], openStateHandle });
}

const compressing = new MemoryCheckpointStreams('native', { snapshotCompression: true });

async function reopen(...backends: OperatorStateBackend[]): Promise<OperatorStateBackend> {
  const written = backends.map((backend) => backend.snapshot(1, streams).write());
  const stateHandles = (await Promise.all(written)).filter((handle) => handle !== undefined);
  return createOperatorStateBackend({ operatorName, stateHandles, openStateHandle });
}

describe('operator state', () => {
  it('comes back after a restore: list, union list and broadcast', async () => {
    const backend = await open();
    backend.getListState(SPLITS).addAll([[1], [2, 3]]);
    backend.getUnionListState(SEEN).update(['a', 'b']);
    backend.getBroadcastState(RULES).putAll([
      ['r', [1]],
      ['s', []],
    ]);

    const restored = await reopen(backend);

    assert.deepEqual([...restored.getListState(SPLITS).get()], [[1], [2, 3]]);
    assert.deepEqual([...restored.getUnionListState(SEEN).get()], ['a', 'b']);
    assert.deepEqual(
      [...restored.getBroadcastState(RULES).entries()],
      [
        ['r', [1]],
        ['s', []],
      ],
    );
    assert.deepEqual([...restored.registeredStateNames].sort(), ['seen', 'splits']);
    assert.deepEqual([...restored.registeredBroadcastStateNames], ['rules']);
  });

  it('comes back from a compressed snapshot, which says that it is', async () => {
    const backend = await open();
    backend.getListState(SPLITS).addAll([[1], [2, 3]]);
    backend.getBroadcastState(RULES).put('r', [1]);

    const handle = await backend.snapshot(1, compressing).write();

    assert.ok(handle?.delegate.kind === 'byte-stream');
    assert.equal(handle.delegate.data[4], 1); // after the version
    const restored = await createOperatorStateBackend({ stateHandles: [handle], openStateHandle });
    assert.deepEqual([...restored.getListState(SPLITS).get()], [[1], [2, 3]]);
    assert.deepEqual([...restored.getBroadcastState(RULES).entries()], [['r', [1]]]);
  });

  it('comes back in the form that the program declares: longs as bigints', async () => {
    const positions = new ListStateDescriptor('positions', Types.BIGINT_LONG);
    const limits = new MapStateDescriptor('limits', Types.BIGINT_LONG, Types.BIGINT_LONG);
    const backend = await open();
    backend.getListState(positions).update([1n, 2n ** 62n]);
    backend.getBroadcastState(limits).put(3n, 2n ** 62n);

    const restored = await reopen(backend);
    const again = await reopen(restored);

    assert.deepEqual([...restored.getListState(positions).get()], [1n, 2n ** 62n]);
    assert.deepEqual([...restored.getBroadcastState(limits).entries()], [[3n, 2n ** 62n]]);
    assert.deepEqual([...again.getListState(positions).get()], [1n, 2n ** 62n]);
  });

  it('adds the items of several handles, as after a change of parallelism', async () => {
    const backends = [await open(), await open()];
    for (const [index, backend] of backends.entries()) {
      backend.getUnionListState(SEEN).add(`${index}`);
      backend.getBroadcastState(RULES).put('r', [7]);
    }

    const restored = await reopen(...backends);

    assert.deepEqual([...restored.getUnionListState(SEEN).get()], ['0', '1']);
    assert.deepEqual([...restored.getBroadcastState(RULES).entries()], [['r', [7]]]);
  });

  it('is in a snapshot as it was when the snapshot was taken', async () => {
    const backend = await open();
    const list = backend.getListState(SPLITS);
    const rules = backend.getBroadcastState(RULES);
    list.add([1]);
    rules.put('r', [1]);

    const snapshot = backend.snapshot(1, streams);
    for (const item of list.get()) {
      item.push(9);
    }
    list.add([2]);
    rules.get('r')?.push(9);
    rules.put('s', []);
    const handle = await snapshot.write();

    assert.ok(handle);
    const restored = await createOperatorStateBackend({ stateHandles: [handle], openStateHandle });
    assert.deepEqual([...restored.getListState(SPLITS).get()], [[1]]);
    assert.deepEqual([...restored.getBroadcastState(RULES).entries()], [['r', [1]]]);
  });

  it('that the program does not ask for is carried on', async () => {
    const first = await open();
    first.getListState(SPLITS).add([1]);
    first.getBroadcastState(RULES).put('r', [1]);

    const third = await reopen(await reopen(first));

    assert.deepEqual([...third.getListState(SPLITS).get()], [[1]]);
    assert.deepEqual(third.getBroadcastState(RULES).get('r'), [1]);
  });

  it('that was never declared leaves no handle', async () => {
    const handle = await (await open()).snapshot(1, streams).write();

    assert.equal(handle, undefined);
  });

  it('is the same object for the same name, and one kind and type for each name', async () => {
    const backend = await open();
    const list = backend.getListState(SPLITS);

    assert.equal(backend.getListState(SPLITS), list);
    for (const declare of [
      () => backend.getUnionListState(SPLITS),
      () => backend.getListState(new ListStateDescriptor('splits', Types.STRING)),
      () => backend.getBroadcastState(new MapStateDescriptor('splits', Types.LONG, Types.LONG)),
    ]) {
      assert.throws(declare, { code: 'STATE_NAME_CONFLICT', message: /'reader'.*'splits'/ });
    }
  });

  it('of another type or kind than in the snapshot is refused', async () => {
    const backend = await open();
    backend.getListState(SPLITS).add([1]);
    const strings = new ListStateDescriptor('splits', Types.STRING);

    for (const declare of [
      async () => (await reopen(backend)).getListState(strings),
      async () => (await reopen(backend)).getUnionListState(SPLITS),
      async () => (await reopen(backend)).getBroadcastState({ ...RULES, name: 'splits' } as never),
    ]) {
      await assert.rejects(declare, { code: 'STATE_INCOMPATIBLE', message: /'splits'/ });
    }
  });

  it('refuses null lists, null items and null keys', async () => {
    const backend = await open();
    const list = backend.getListState(SPLITS);
    const rules = backend.getBroadcastState(RULES);

    for (const write of [
      () => list.add(undefined as never),
      () => list.addAll([[1], null as never]),
      () => list.update(null as never),
      () => rules.put(null as never, []),
    ]) {
      assert.throws(write, { code: 'VALUE_NOT_SERIALIZABLE', message: /'splits'|'rules'/ });
    }
    assert.deepEqual([...list.get()], []);
  });

  it('leaves no stream behind when writing fails', async () => {
    const failing = new MemoryCheckpointStreams();
    failing.failure = new Error('no room');
    const backend = await open();
    backend.getListState(SPLITS).add([1]);

    await assert.rejects(backend.snapshot(1, failing).write(), /no room/);

    assert.equal(failing.openStreams, 0);
  });
});
