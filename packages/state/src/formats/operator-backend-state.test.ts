import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DataOutputView, Types } from '@millrace/core';
import { decodeOperatorBackendState, writeOperatorBackendState } from './operator-backend-state.ts';

const valueSerializer = Types.LONG.createSerializer();
const keySerializer = Types.STRING.createSerializer();

describe('operator state', () => {
  const lists = [
    {
      name: 'list',
      mode: 'split-distribute' as const,
      elementSerializer: keySerializer,
      items: ['a', 'b', 'c'],
    },
    { name: 'union', mode: 'union' as const, elementSerializer: valueSerializer, items: [7] },
    {
      name: 'none',
      mode: 'split-distribute' as const,
      elementSerializer: valueSerializer,
      items: [],
    },
  ];
  const broadcasts = [
    { name: 'rules', keySerializer, valueSerializer, entries: new Map([['r', 1]]) },
  ];

  it('gives back all items, modes and broadcast entries', () => {
    const output = new DataOutputView();
    const metaInfos = writeOperatorBackendState(output, { lists, broadcasts });

    const restored = decodeOperatorBackendState(output.bytes(), metaInfos);

    assert.deepEqual(
      restored.lists.map(({ name, mode, items }) => ({ name, mode, items })),
      lists.map(({ name, mode, items }) => ({ name, mode, items })),
    );
    assert.deepEqual(restored.broadcasts[0]?.entries, new Map([['r', 1]]));
    assert.deepEqual(metaInfos.get('none'), { mode: 'split-distribute', offsets: [] });
  });

  it('reads only the items that a redistribution left', () => {
    const output = new DataOutputView();
    const metaInfos = writeOperatorBackendState(output, { lists, broadcasts });
    const offsets = metaInfos.get('list')?.offsets.slice(1) ?? [];

    const restored = decodeOperatorBackendState(
      output.bytes(),
      new Map([['list', { mode: 'split-distribute', offsets }]]),
    );

    assert.deepEqual(restored.lists[0]?.items, ['b', 'c']);
    assert.deepEqual(restored.lists[1]?.items, []);
  });

  it('reads version 5, which has no flag for compression', () => {
    const output = new DataOutputView();
    const metaInfos = writeOperatorBackendState(output, { lists, broadcasts });
    const old = Buffer.concat([Buffer.from([0, 0, 0, 5]), output.bytes().subarray(5)]);
    const moved = new Map(
      [...metaInfos].map(([name, { mode, offsets }]) => [
        name,
        { mode, offsets: offsets.map((offset) => offset - 1) },
      ]),
    );

    const restored = decodeOperatorBackendState(old, moved);

    assert.deepEqual(restored.lists[0]?.items, ['a', 'b', 'c']);
    assert.deepEqual(restored.broadcasts[0]?.entries, new Map([['r', 1]]));
  });

  it('names the state whose offset lies outside the stream', () => {
    const output = new DataOutputView();
    writeOperatorBackendState(output, { lists, broadcasts });
    const wrong = new Map([['list', { mode: 'split-distribute' as const, offsets: [1_000_000] }]]);

    assert.throws(() => decodeOperatorBackendState(output.bytes(), wrong), {
      code: 'SNAPSHOT_CORRUPT',
      message: /in offset of state 'list': 1000000 lies outside/,
    });
  });
});
