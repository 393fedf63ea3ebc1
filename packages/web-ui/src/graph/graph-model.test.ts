import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JobDetails } from '../rest/jobs.ts';
import { graphModel, loadOf, shortName } from './graph-model.ts';

describe('what is drawn of a job', () => {
  it('are its vertices and the inputs that the plan names, without those to nowhere', () => {
    const job = {
      vertices: [{ id: 'a' }, { id: 'b' }],
      plan: {
        nodes: [
          {
            id: 'b',
            inputs: [
              { num: 0, id: 'a', ship_strategy: 'HASH' },
              { num: 1, id: 'gone' },
            ],
          },
          { id: 'a' },
        ],
      },
    } as unknown as JobDetails;

    const { topology, edges } = graphModel(job);

    assert.deepEqual(topology, { nodes: ['a', 'b'], edges: [{ from: 'a', to: 'b' }] });
    assert.deepEqual(edges, [{ from: 'a', to: 'b', shipStrategy: 'HASH' }]);
  });

  it('is coloured by what holds the job up', () => {
    assert.equal(loadOf(0.95, 0.1), 'full');
    assert.equal(loadOf(0.3, 0.7), 'pressed');
    assert.equal(loadOf(0.05, 0), 'idle');
    assert.equal(loadOf(undefined, undefined), 'unknown');
  });

  it('has long names cut in the middle', () => {
    assert.equal(shortName('short', 10), 'short');
    assert.equal(shortName('Source: numbers -> to-pairs', 12).length, 12);
    assert.equal(shortName('abcdefghijklmnop', 10), 'abcdef…nop');
  });
});
