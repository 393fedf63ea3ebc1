import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RehearsalReport, RehearsedOperator, UnmatchedOperator } from 'millrace';
import { judgePlan } from './judge-plan.ts';

const SUM: RehearsedOperator = {
  operatorId: 'aa'.repeat(16),
  name: 'Sum',
  uid: 'sum',
  parallelism: 1,
  maxParallelism: 128,
  isMaxParallelismExplicit: false,
  isFinished: false,
  match: { operatorId: 'aa'.repeat(16), by: 'uid', parallelism: 1, maxParallelism: 128 },
  states: [{ name: 'total', kind: 'value', type: 'Long', verdict: 'as-is' }],
};
const OLD: UnmatchedOperator = {
  operatorId: 'bb'.repeat(16),
  parallelism: 1,
  hasState: true,
  states: [{ name: 'total', kind: 'value', type: 'Long' }],
};

function report(parts: Partial<RehearsalReport> = {}): RehearsalReport {
  return {
    jobName: 'job',
    snapshot: { pointer: 'file:/snapshot', checkpointId: 1 },
    allowNonRestoredState: false,
    operators: [SUM],
    unmatched: [],
    suggestions: [],
    failures: [],
    ...parts,
  };
}

describe('a plan', () => {
  it('lets a program start whose states all fit', () => {
    const plan = judgePlan(report());

    assert.deepEqual([plan.canStart, plan.obstacles, plan.losses], [true, [], []]);
  });

  it('does not let it start when state would be lost, and names the uid to give', () => {
    const { match: _match, ...fresh } = SUM;
    const suggestion = {
      operatorId: SUM.operatorId,
      candidates: [OLD.operatorId],
      states: ['total'],
    };

    const plan = judgePlan(
      report({ operators: [fresh], unmatched: [OLD], suggestions: [suggestion] }),
    );

    assert.equal(plan.canStart, false);
    assert.match(
      plan.obstacles[0] ?? '',
      /^STATE_NOT_RESTORED: .*bbbb.*; give 'Sum' \(uid 'sum'\) /,
    );
    assert.match(plan.obstacles[0] ?? '', /\.setUidHash\('(bb){16}'\), as it has the same states$/);
  });

  it('lets it start without that state where this is allowed, and says what is dropped', () => {
    const plan = judgePlan(report({ unmatched: [OLD], allowNonRestoredState: true }));

    assert.equal(plan.canStart, true);
    assert.match(plan.losses[0] ?? '', /the state of operator (bb){16} is dropped/);
  });

  it('minds no operator that is gone and had no state', () => {
    assert.equal(judgePlan(report({ unmatched: [{ ...OLD, hasState: false }] })).canStart, true);
  });

  it('names every state that does not fit, every refusal and every failure', () => {
    const reason = "state 'total' of operator 'Sum': Int in the snapshot, Long in the program";
    const refused: RehearsedOperator = {
      ...SUM,
      refusal: { code: 'MAX_PARALLELISM_MISMATCH', message: '64, not 128' },
      states: [{ name: 'total', kind: 'value', type: 'Long', verdict: 'incompatible', reason }],
    };

    const plan = judgePlan(
      report({ operators: [refused], failures: [{ message: 'no database' }] }),
    );

    assert.deepEqual(plan.obstacles, [
      'MAX_PARALLELISM_MISMATCH: 64, not 128',
      'no database',
      `STATE_INCOMPATIBLE: ${reason}`,
    ]);
  });
});
