import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ComparedLine } from './compared-line.ts';
import { type RunConditions, verdictOf, whyNotJudged } from './judgement.ts';
import { tableRow } from './line-table.ts';

const QUIET: RunConditions = { quick: false, cores: 2, loadBefore: 3 };
const LINE: ComparedLine = {
  kind: 'state',
  work: 'get',
  backend: 'heap',
  unit: 'operations/ms',
  better: 'more',
  ours: { name: 'Millrace', samples: [20] },
  flink: [{ name: 'Flink', samples: [10] }],
  aim: { ratio: 2 },
};
const MISSED: ComparedLine = { ...LINE, aim: { ratio: 3 } };

describe('the verdict on a line', () => {
  it('is whether its aim is met, up to a load of 1.5 for each core at the start', () => {
    assert.equal(verdictOf(LINE, QUIET), 'met');
    assert.equal(verdictOf(MISSED, QUIET), 'missed');
    assert.equal(whyNotJudged(QUIET), undefined);
  });

  for (const [what, run] of [
    ['tiny sizes', { ...QUIET, quick: true, loadBefore: 0 }],
    ['a machine with other work', { ...QUIET, loadBefore: 3.1 }],
    ['a machine of an unknown load', { ...QUIET, loadBefore: Number.NaN }],
  ] as const) {
    it(`is withheld for ${what}, met or not, and the row says so`, () => {
      assert.equal(verdictOf(LINE, run), 'not judged');
      assert.equal(verdictOf(MISSED, run), 'not judged');
      assert.match(tableRow(LINE, run), /\| 2\.00 \| ≥ 2 \| not judged \| - \|$/);
    });
  }

  it('is none where there is no aim or nothing to compare with, whatever the run', () => {
    const { aim: _, ...aimless } = LINE;

    assert.equal(verdictOf(aimless, QUIET), undefined);
    assert.equal(verdictOf({ ...LINE, flink: [] }, { ...QUIET, quick: true }), undefined);
    assert.match(tableRow(aimless, { ...QUIET, quick: true }), /\| 2\.00 \| - \| - \| - \|$/);
  });

  it('is a yes or a no in the row of a run that judges', () => {
    assert.match(tableRow(LINE, QUIET), /\| ≥ 2 \| yes \|/);
    assert.match(tableRow(MISSED, QUIET), /\| ≥ 3 \| \*\*no\*\* \|/);
  });

  it('names why it is withheld', () => {
    assert.match(whyNotJudged({ ...QUIET, quick: true }) ?? '', /--quick/);
    assert.match(whyNotJudged({ ...QUIET, loadBefore: 35.7 }) ?? '', /35\.7 on 2 cores/);
  });
});
