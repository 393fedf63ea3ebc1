import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createJobGraph } from './create-job-graph.ts';
import { firstGraphDifference, type GraphFact, jobGraphFacts } from './job-graph-facts.ts';
import { GraphFixture } from './stream-graph-fixture.ts';

const NAMES = { expected: 'the main thread', actual: 'worker thread 2' };

function facts(build: (fixture: GraphFixture) => void): GraphFact[] {
  const fixture = new GraphFixture();
  build(fixture);
  return jobGraphFacts(createJobGraph(fixture.graph));
}

function mapOf(options: { name?: string; parallelism?: number; uid?: string }) {
  return facts((fixture) => {
    const source = fixture.source('in', { uid: 'in' });
    const { name = 'Map', ...settings } = options;
    fixture.operator(name, source, settings);
  });
}

describe('the facts of a job graph', () => {
  it('are the same for a program that is built twice', () => {
    const difference = firstGraphDifference(mapOf({ uid: 'm' }), mapOf({ uid: 'm' }), NAMES);

    assert.equal(difference, undefined);
  });

  it('tell which operator has another setting, and where', () => {
    const two = mapOf({ uid: 'm', parallelism: 2 });
    const three = mapOf({ uid: 'm', parallelism: 3 });

    assert.equal(
      firstGraphDifference(two, three, NAMES),
      "operator 'Map' (uid 'm') has the parallelism 2 in the main thread, and the parallelism 3 in worker thread 2",
    );
  });

  it('tell which operator stands in the place of another', () => {
    const difference = firstGraphDifference(
      mapOf({ uid: 'm' }),
      mapOf({ uid: 'm', name: 'Filter' }),
      NAMES,
    );

    assert.equal(
      difference,
      "where the main thread has operator 'Map' (uid 'm'), worker thread 2 has operator 'Filter' (uid 'm')",
    );
  });

  it('tell where a graph ends early', () => {
    const source = facts((fixture) => {
      fixture.source('in', { uid: 'in' });
    });

    assert.match(
      String(firstGraphDifference(mapOf({ parallelism: 2 }), source, NAMES)),
      /where the main thread has operator 'Map', worker thread 2 has no operator any more/,
    );
  });
});
