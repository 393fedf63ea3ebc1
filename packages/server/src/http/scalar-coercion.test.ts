import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Type } from 'typebox';
import { SavepointTriggerRequestBody } from '../savepoints/savepoints-schemas.ts';
import { coerceScalars } from './scalar-coercion.ts';

const cancelJob = (value: unknown): unknown =>
  (coerceScalars(SavepointTriggerRequestBody, { 'cancel-job': value }) as Record<string, unknown>)[
    'cancel-job'
  ];

describe('scalars of a body', () => {
  it('are taken for a boolean as Jackson takes them', () => {
    for (const value of [true, 'true', 'True', 'TRUE', ' true ', 1, -7]) {
      assert.equal(cancelJob(value), true, JSON.stringify(value));
    }
    for (const value of [false, 'false', 'False', 'FALSE', 0]) {
      assert.equal(cancelJob(value), false, JSON.stringify(value));
    }
    for (const value of [null, '', ' ', 'null']) {
      assert.equal(cancelJob(value), null, JSON.stringify(value));
    }
  });

  it('stay as they are where Jackson takes them for no boolean', () => {
    for (const value of ['yes', '1', 'tRUE', 0.5, [true], { of: true }]) {
      assert.deepEqual(cancelJob(value), value);
    }
  });

  it('are taken for texts and numbers, at any depth', () => {
    const schema = Type.Object({ text: Type.String(), count: Type.Integer() });
    const Requirements = Type.Record(
      Type.String({ pattern: '^[0-9a-f]{2}$' }),
      Type.Object({
        parallelism: Type.Object({ lowerBound: Type.Integer(), upperBound: Type.Integer() }),
      }),
    );
    const requirements = { aa: { parallelism: { lowerBound: '1', upperBound: 4.7 } } };

    assert.deepEqual(coerceScalars(schema, { text: 5, count: ' 7 ' }), { text: '5', count: 7 });
    assert.deepEqual(coerceScalars(schema, { text: true, count: '7.0' }), {
      text: 'true',
      count: '7.0',
    });
    assert.deepEqual(coerceScalars(Requirements, requirements), {
      aa: { parallelism: { lowerBound: 1, upperBound: 4 } },
    });
  });
});
