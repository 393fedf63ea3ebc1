import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createJobGraph } from './create-job-graph.ts';
import type { JobGraph } from './job-graph.ts';
import {
  checkedRequirements,
  initialRequirements,
  requirementsUpTo,
} from './resource-requirements.ts';
import { GraphFixture } from './stream-graph-fixture.ts';
import { ForwardPartitioner } from './stream-partitioners.ts';

/** A source and a map of parallelism 2, and with `forward` one parallelism for both. */
function pipeline(options: { readonly forward?: boolean } = {}): JobGraph {
  const fixture = new GraphFixture({ chainingEnabled: false });
  const source = fixture.source('Source', { parallelism: 2, uid: 'source' });
  const partitioned =
    options.forward === true ? fixture.partition(source, new ForwardPartitioner()) : source;
  fixture.operator('Map', partitioned, { parallelism: 2, uid: 'map', maxParallelism: 8 });
  return createJobGraph(fixture.graph);
}

function idsOf(jobGraph: JobGraph): [string, string] {
  return jobGraph.vertices.map(({ id }) => id) as [string, string];
}

function refused(jobGraph: JobGraph, requested: Parameters<typeof checkedRequirements>[1]): string {
  try {
    checkedRequirements(jobGraph, requested);
  } catch (error) {
    assert.equal((error as { code?: string }).code, 'RESOURCE_REQUIREMENTS_INVALID');
    return (error as Error).message;
  }
  return assert.fail('they were taken');
}

describe('resource requirements', () => {
  it('begin with the parallelisms of the program as upper bounds, in reactive mode with the largest ones', () => {
    const graph = pipeline();
    const [source, map] = idsOf(graph);

    assert.deepEqual(initialRequirements(graph, 'adaptive'), {
      [source]: { lowerBound: 1, upperBound: 2 },
      [map]: { lowerBound: 1, upperBound: 2 },
    });
    assert.equal(initialRequirements(graph, 'reactive')[map]!.upperBound, 8);
  });

  it('are taken with bounds of -1 for as low and as high as can be', () => {
    const graph = pipeline();
    const [source, map] = idsOf(graph);

    const requirements = checkedRequirements(graph, {
      [source]: { lowerBound: 2, upperBound: 3 },
      [map]: { lowerBound: -1, upperBound: -1 },
    });

    assert.deepEqual(requirements, {
      [source]: { lowerBound: 2, upperBound: 3 },
      [map]: { lowerBound: 1, upperBound: 8 },
    });
  });

  it('are refused with all that is wrong in them', () => {
    const graph = pipeline();
    const [source, map] = idsOf(graph);
    const good = { lowerBound: 1, upperBound: 1 };

    assert.match(
      refused(graph, { nobody: good, [map]: good }),
      new RegExp(`\\[nobody\\] was not found.*missing job vertex \\[${source}\\]`),
    );
    assert.match(
      refused(graph, {
        [source]: { lowerBound: 0, upperBound: 2 },
        [map]: { lowerBound: 3, upperBound: 2 },
      }),
      /bound \[0\] and upper bound \[2\].*must be greater than zero.*lower bound \[3\].*higher than the upper bound \[2\]/,
    );
    assert.match(
      refused(graph, { [source]: good, [map]: { lowerBound: 1, upperBound: 9 } }),
      /parallelism 9 .* exceeds its maximum parallelism 8/,
    );
  });

  it('are refused where no parallelism is within those of all that forward() connects', () => {
    const graph = pipeline({ forward: true });
    const [source, map] = idsOf(graph);

    const why = refused(graph, {
      [source]: { lowerBound: 1, upperBound: 2 },
      [map]: { lowerBound: 3, upperBound: 4 },
    });

    assert.match(why, /connected by forward\(\) and have one parallelism, which no number allows/);
  });

  it('allow no more than what was wished for', () => {
    const wished = requirementsUpTo(
      { a: { lowerBound: 3, upperBound: 4 }, b: { lowerBound: 1, upperBound: 4 } },
      new Map([['a', 2]]),
    );

    assert.deepEqual(wished, {
      a: { lowerBound: 2, upperBound: 2 },
      b: { lowerBound: 1, upperBound: 4 },
    });
  });
});
