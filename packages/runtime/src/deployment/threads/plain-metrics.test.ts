import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MetricDump } from '@millrace/core';
import { plainMetrics } from './plain-metrics.ts';

const PLACE = { logicalScope: 'taskmanager', variables: { host: 'h' } };

function metric(name: string, value: unknown): MetricDump {
  return { ...PLACE, identifier: name, name, ...(value as object) } as unknown as MetricDump;
}

describe('the metrics that go to the main thread', () => {
  it('are those of numbers, strings, booleans and nothing', () => {
    const plain = [1, 'text', false, undefined].map((value, index) =>
      metric(`gauge ${index}`, { type: 'gauge', value }),
    );

    assert.deepEqual(plainMetrics(plain), plain);
    assert.deepEqual(structuredClone(plainMetrics(plain)), plain);
  });

  it('are not those of which anything is of another kind', () => {
    const others = [
      metric('symbol', { type: 'gauge', value: Symbol('s') }),
      metric('function', { type: 'gauge', value: () => 1 }),
      metric('object', { type: 'gauge', value: { a: 1 } }),
      metric('null', { type: 'gauge', value: null }),
      metric('big', { type: 'gauge', value: 1n }),
      metric('counter', { type: 'counter', value: Symbol('s') }),
      metric('meter', { type: 'meter', rate: () => 1, count: 1 }),
      metric('histogram', { type: 'histogram', count: 1, min: Symbol('s') }),
      metric('variable', { type: 'counter', value: 1, variables: { own: () => 1 } }),
    ];
    const last = metric('last', { type: 'counter', value: 1 });

    assert.deepEqual(plainMetrics([...others, last]), [last]);
  });
});
