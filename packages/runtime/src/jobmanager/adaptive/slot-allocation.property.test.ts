import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { JobGraph, JobVertex } from '../../graph/job-graph.ts';
import type { JobResourceRequirements } from '../../graph/resource-requirements.ts';
import { parallelismWith, slotsOf } from './slot-allocation.ts';

interface PlannedVertex {
  readonly group: string;
  readonly lowerBound: number;
  readonly upperBound: number;
}

/** Without edges. */
function jobOf(planned: readonly PlannedVertex[]): [JobGraph, JobResourceRequirements] {
  const vertices = planned.map(({ group }, i) => ({
    ...({} as JobVertex),
    id: `v${i}`,
    slotSharingGroup: group,
    maxParallelism: 128,
    inputs: [],
  }));
  const requirements = planned.map(({ lowerBound, upperBound }, i) => {
    return [`v${i}`, { lowerBound, upperBound }] as const;
  });
  return [{ jobName: 'job', batchExecution: false, vertices }, Object.fromEntries(requirements)];
}

const vertex: fc.Arbitrary<PlannedVertex> = fc
  .record({
    group: fc.constantFrom('default', 'other', 'third'),
    lowerBound: fc.integer({ min: 1, max: 6 }),
    more: fc.integer({ min: 0, max: 10 }),
  })
  .map(({ group, lowerBound, more }) => ({ group, lowerBound, upperBound: lowerBound + more }));
const plan = fc.array(vertex, { minLength: 1, maxLength: 6 });

function leastSlots(planned: readonly PlannedVertex[]): number {
  const least = new Map<string, number>();
  for (const { group, lowerBound } of planned) {
    least.set(group, Math.max(lowerBound, least.get(group) ?? 0));
  }
  return [...least.values()].reduce((sum, slots) => sum + slots, 0);
}

describe('the parallelisms that so many slots allow', () => {
  it('are within the bounds and take no more slots, and there are some as soon as the lower bounds fit', () => {
    fc.assert(
      fc.property(plan, fc.integer({ min: 0, max: 40 }), (planned, slots) => {
        const [jobGraph, requirements] = jobOf(planned);

        const parallelism = parallelismWith(slots, jobGraph, requirements);

        assert.equal(parallelism !== undefined, slots >= leastSlots(planned));
        if (parallelism !== undefined) {
          assert.ok(slotsOf(jobGraph, parallelism) <= slots);
          planned.forEach(({ lowerBound, upperBound }, i) => {
            const count = parallelism.get(`v${i}`)!;
            assert.ok(lowerBound <= count && count <= upperBound, `v${i}: ${count}`);
          });
        }
      }),
    );
  });

  it('are the upper bounds where nothing limits them, and never fewer with more slots', () => {
    fc.assert(
      fc.property(plan, fc.integer({ min: 0, max: 40 }), (planned, slots) => {
        const [jobGraph, requirements] = jobOf(planned);
        const few = parallelismWith(slots, jobGraph, requirements);
        const more = parallelismWith(slots + 1, jobGraph, requirements);

        const all = parallelismWith(Number.POSITIVE_INFINITY, jobGraph, requirements)!;

        assert.deepEqual(
          [...all.values()],
          planned.map(({ upperBound }) => upperBound),
        );
        if (few !== undefined) {
          assert.ok(slotsOf(jobGraph, more!) >= slotsOf(jobGraph, few));
        }
      }),
    );
  });

  it('share the slots out among groups, those of which one cannot use its share to the others', () => {
    const [jobGraph, requirements] = jobOf([
      { group: 'default', lowerBound: 1, upperBound: 10 },
      { group: 'other', lowerBound: 1, upperBound: 2 },
      { group: 'default', lowerBound: 1, upperBound: 3 },
    ]);

    const parallelism = parallelismWith(9, jobGraph, requirements);

    assert.deepEqual([...parallelism!.values()], [7, 2, 3]);
  });
});
