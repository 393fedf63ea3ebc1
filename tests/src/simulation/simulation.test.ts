import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { Canary, SlotsCanary } from './simulated-program.ts';
import { addCounts, noCounts, type SimulationResult, simulate } from './simulation.ts';
import { simulationPlan } from './simulation-plan.ts';
import { reportOf } from './simulation-report.ts';

/** Other seeds than those that `npm run test:simulation` begins with. */
const FIRST_SEED = 50_001;
const SEEDS = Array.from({ length: 10 }, (_, index) => FIRST_SEED + index);
const SEEDS_REPEATED = 4;
const SEEDS_FOR_A_CANARY = 40;
const SLOTS_FOR_A_CANARY = 3;

describe('the simulated job', () => {
  const results: SimulationResult[] = [];
  before(async () => {
    for (const seed of SEEDS) {
      results.push(await simulate(seed));
    }
  });

  it('commits each result exactly once, whatever fails and whenever', () => {
    const counts = noCounts();
    for (const result of results) {
      addCounts(counts, result.counts);
    }
    const neverHappened = Object.entries(counts).filter(([, count]) => count === 0);

    for (const result of results) {
      assert.ok(result.differences.length === 0, reportOf(result));
    }
    assert.deepEqual(neverHappened, []);
  });

  it('takes the same steps again under the same seed, and others under another', async () => {
    const again: SimulationResult[] = [];
    for (const seed of SEEDS.slice(0, SEEDS_REPEATED)) {
      again.push(await simulate(seed));
    }

    for (const [index, { trace }] of again.entries()) {
      assert.deepEqual(trace.lines, results[index]?.trace.lines);
      assert.equal(trace.hash, results[index]?.trace.hash);
    }
    assert.equal(new Set(results.map(({ trace }) => trace.hash)).size, SEEDS.length);
  });
});

/** Seeds that have found something, with what they have to be run with. */
const NAMED_SEEDS = {
  'splits that change places while records are in flight': { seed: 495, slots: 1 },
  'a checkpoint that was to begin while all fail together with a region': {
    seed: 400_005,
    slots: undefined,
  },
} as const;

describe('the simulated job under a seed that failed once', () => {
  for (const [what, { seed, slots }] of Object.entries(NAMED_SEEDS)) {
    it(`is right: ${what}`, async () => {
      const result = await simulate(seed, { slots, isAdaptive: false });

      assert.ok(result.differences.length === 0, reportOf(result));
    });
  }
});

const OF_BARRIERS: ReadonlySet<Canary> = new Set<Canary>([
  'loses-overtaken',
  'doubles-overtaken',
  'restores-after-data',
  'forgets-overtaken',
  'forgets-cut-element',
]);

/** Bugs of barriers that overtake are looked for where something is in flight. */
function seedsFor(canary: Canary): number[] {
  const seeds = Array.from({ length: 10 * SEEDS_FOR_A_CANARY }, (_, run) => FIRST_SEED + run);
  const isOfBarriers = OF_BARRIERS.has(canary);
  const suits = (seed: number): boolean => {
    const { isSlow, slots } = simulationPlan(seed);
    return isSlow && slots === undefined;
  };
  return seeds.filter((seed) => !isOfBarriers || suits(seed)).slice(0, SEEDS_FOR_A_CANARY);
}

describe('a planted bug', () => {
  const canaries: Record<Exclude<Canary, SlotsCanary>, string> = {
    'at-least-once': 'barriers that are not aligned',
    'commits-early': 'a sink that commits before its checkpoint completes',
    'forgets-position': 'a source that forgets its position',
    'loses-overtaken': 'a record that a barrier overtook and that is not in the checkpoint',
    'doubles-overtaken': 'a record behind a barrier that is in the checkpoint',
    'restores-after-data': 'records in flight that come after new ones',
  };
  const canariesOfSlots: Record<SlotsCanary, string> = {
    'swaps-messages': 'messages of one direction that change places',
    'acknowledges-for-new-attempt': 'an acknowledgement of a former attempt that is taken',
    'loses-record': 'a record that is lost between two slots',
    'forgets-overtaken': 'records that a barrier overtook and nobody wrote',
    'forgets-cut-element': 'an element that a barrier cut and nobody wrote whole',
    'keeps-reader': 'a reader that goes on where it was, whatever is restored',
  };
  const all = { ...canaries, ...canariesOfSlots };
  for (const [canary, title] of Object.entries(all) as [Canary, string][]) {
    it(`is found: ${title}`, async () => {
      const slots = canary in canariesOfSlots ? SLOTS_FOR_A_CANARY : undefined;
      let isFound = false;
      for (const seed of seedsFor(canary)) {
        const { differences } = await simulate(seed, { canary, slots });
        isFound = differences.length > 0;
        if (isFound) {
          break;
        }
      }

      assert.ok(isFound, `none of ${SEEDS_FOR_A_CANARY} seeds found it`);
    });
  }
});
