import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { firstQuery, tableNames } from './tables.ts';

describe('tables of a query', () => {
  it('are named by operator and state, quoted where it takes that', () => {
    const types = { keyType: 'STRING', namespaceType: null, valueType: 'LONG' };
    const state = {
      name: 'count',
      kind: 'value',
      ...types,
      queryableName: null,
      ttlMs: null,
      serializer: '',
    } as const;
    const operator = {
      operatorId: 'ab12',
      name: null,
      problems: [],
      parallelism: 1,
      maxParallelism: 128,
    };

    const tables = tableNames([
      { ...operator, uid: 'airports', states: [state, { ...state, name: 'last-seen' }] },
      { ...operator, uid: null, name: 'say "hi"', states: [state] },
    ]);

    assert.deepEqual(tables, ['airports.count', 'airports."last-seen"', '"say ""hi""".count']);
  });

  it('are where the first query begins', () => {
    assert.equal(firstQuery(['a.b']), 'SELECT *\nFROM a.b\nLIMIT 100');
    assert.equal(firstQuery([]), '');
  });
});
