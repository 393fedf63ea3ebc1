import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ReducingStateDescriptor, Types } from '@millrace/core';
import { StreamExecutionEnvironment } from '@millrace/datastream';
import { HashMapStateBackend } from '@millrace/state-backend-heap';

function environment(): StreamExecutionEnvironment {
  return StreamExecutionEnvironment.createLocalEnvironment({
    'parallelism.default': '2',
  }).setStateBackend(new HashMapStateBackend());
}

function byParity(env: StreamExecutionEnvironment) {
  return env.fromSequence(1, 10).keyBy((n) => n % 2, Types.INT);
}

describe('asQueryableState', () => {
  it('registers the state under its name, in all subtasks of the job', async () => {
    const env = environment();
    const sum = new ReducingStateDescriptor('sum', (a: number, b: number) => a + b, Types.LONG);
    const stream = byParity(env).asQueryableState('last-number');
    byParity(env).asQueryableState('sum-of-numbers', sum);

    const client = await env.executeAsync();
    await client.jobExecutionResult();

    assert.equal(stream.queryableStateName, 'last-number');
    assert.equal(stream.stateDescriptor.queryableStateName, 'last-number');
    assert.equal(stream.keySerializer, Types.INT.createSerializer());
    assert.deepEqual(
      client
        .details()
        .queryableStates.map(({ operatorId: _, ...state }) => state)
        .sort(byName),
      [
        {
          queryableStateName: 'last-number',
          stateName: 'last-number',
          operatorName: 'Queryable state: last-number',
          parts: PARTS,
        },
        {
          queryableStateName: 'sum-of-numbers',
          stateName: 'sum',
          operatorName: 'Queryable state: sum-of-numbers',
          parts: PARTS,
        },
      ],
    );
  });

  it('fails the job when two states have one name', async () => {
    const env = environment();
    byParity(env).asQueryableState('numbers');
    byParity(env).asQueryableState('numbers');

    await assert.rejects(env.execute(), {
      code: 'QUERYABLE_STATE_NAME_CONFLICT',
      message:
        /'numbers' is the queryable name of state 'numbers' of operator 'Queryable state: numbers'/,
    });
  });

  it('refuses a descriptor that has another name', () => {
    const sum = new ReducingStateDescriptor('sum', (a: number, b: number) => a + b, Types.LONG);
    sum.setQueryable('sums');

    assert.throws(() => byParity(environment()).asQueryableState('others', sum), {
      code: 'QUERYABLE_STATE_NAME_CONFLICT',
      message: /'sums' already/,
    });
  });
});

const PARTS = [
  { subtask: 0, startKeyGroup: 0, endKeyGroup: 63 },
  { subtask: 1, startKeyGroup: 64, endKeyGroup: 127 },
];

function byName(a: { queryableStateName: string }, b: { queryableStateName: string }): number {
  return a.queryableStateName < b.queryableStateName ? -1 : 1;
}
