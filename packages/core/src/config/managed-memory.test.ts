import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Configuration } from './configuration.ts';
import { splitDirectories } from './local-directories.ts';
import { type ManagedMemoryUse, managedMemoryBytes, managedMemoryShare } from './managed-memory.ts';

const MB = 1024 * 1024;

describe('managed memory', () => {
  for (const [title, keys, bytes] of [
    ['is 128 MiB where nothing is set', {}, 128 * MB],
    ['is its size', { 'taskmanager.memory.managed.size': '1 mb' }, MB],
    ['is its size by the older key', { 'taskmanager.memory.size': '2 mb' }, 2 * MB],
    ['is 0.4 of the memory that is set', { 'taskmanager.memory.flink.size': '10 mb' }, 4 * MB],
    [
      'is the fraction of the memory that is set',
      {
        'taskmanager.memory.flink.size': '10 mb',
        'taskmanager.memory.managed.fraction': '0.5',
      },
      5 * MB,
    ],
    [
      'is its size, though a fraction is set',
      {
        'taskmanager.memory.managed.size': '0',
        'taskmanager.memory.flink.size': '10 mb',
        'taskmanager.memory.managed.fraction': '0.5',
      },
      0,
    ],
  ] as const) {
    it(title, () => {
      assert.equal(managedMemoryBytes(new Configuration(keys)), bytes);
    });
  }

  const share = (use: ManagedMemoryUse, present: ManagedMemoryUse[], weights?: string) =>
    managedMemoryShare(
      new Configuration(
        weights === undefined ? {} : { 'taskmanager.memory.managed.consumer-weights': weights },
      ),
      use,
      present,
    );

  it('is all of the one kind of use that is in the slot', () => {
    assert.equal(share('STATE_BACKEND', ['STATE_BACKEND']), 1);
  });

  it('is dealt out by weight among the kinds that are in the slot', () => {
    assert.equal(share('STATE_BACKEND', ['STATE_BACKEND', 'OPERATOR']), 0.5);
    assert.equal(share('STATE_BACKEND', ['STATE_BACKEND', 'PYTHON']), 0.7);
    assert.equal(
      share('OPERATOR', ['STATE_BACKEND', 'OPERATOR'], 'OPERATOR:10,STATE_BACKEND:30'),
      0.25,
    );
  });

  it('is nothing for what is not in the slot, or has no weight', () => {
    assert.equal(share('PYTHON', ['STATE_BACKEND']), 0);
    assert.equal(share('STATE_BACKEND', ['STATE_BACKEND'], 'OPERATOR:70'), 0);
  });

  it('has weights that are whole numbers', () => {
    assert.throws(() => share('OPERATOR', ['OPERATOR'], 'OPERATOR:much'), {
      code: 'CONFIG_VALUE_INVALID',
      message: /gives OPERATOR the weight 'much'/,
    });
  });
});

describe('directories between commas or colons', () => {
  it('are told from the colons of file: URIs', () => {
    assert.deepEqual(splitDirectories('/a,/b:/c'), ['/a', '/b', '/c']);
    assert.deepEqual(splitDirectories('file:///a:file:///b, file:/c'), [
      'file:///a',
      'file:///b',
      'file:/c',
    ]);
    assert.deepEqual(splitDirectories(''), []);
  });
});
