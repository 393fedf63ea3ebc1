import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { describe, it } from 'node:test';
import { Configuration } from '@millrace/core';
import { defaultParallelism } from './default-parallelism.ts';

const of = (settings: Record<string, string>) =>
  defaultParallelism(Configuration.fromMap(settings));

describe('the parallelism of operators that name none', () => {
  it('is 1 on one thread, and that of the machine on several', () => {
    assert.equal(of({}), 1);
    assert.equal(of({ 'execution.target': 'threads' }), availableParallelism());
  });

  it('is the one that is configured, on any target', () => {
    assert.equal(of({ 'parallelism.default': '7' }), 7);
    assert.equal(of({ 'parallelism.default': '7', 'execution.target': 'threads' }), 7);
  });

  it('is not more than there are slots', () => {
    assert.equal(of({ 'execution.target': 'threads', 'taskmanager.numberOfTaskSlots': '1' }), 1);
  });
});
