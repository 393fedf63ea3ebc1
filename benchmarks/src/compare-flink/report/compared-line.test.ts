import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bestOfFlink, type ComparedLine, isMet, ratioOf, shareOfLimit } from './compared-line.ts';

function line(of: Partial<ComparedLine>): ComparedLine {
  return {
    kind: 'state',
    work: 'get',
    backend: 'heap',
    unit: 'operations/ms',
    better: 'more',
    ours: { name: 'Millrace', samples: [30, 10, 20] },
    flink: [{ name: 'Flink', samples: [10] }],
    ...of,
  };
}

describe('a line of the comparison', () => {
  it('has a ratio of 2 where twice as much is done', () => {
    assert.equal(ratioOf(line({})), 2);
  });

  it('has a ratio of 2 where half of the time is taken', () => {
    assert.equal(ratioOf(line({ better: 'less', flink: [{ name: 'Flink', samples: [40] }] })), 2);
  });

  it('is against the best configuration of Flink', () => {
    const flink = [
      { name: 'Flink, default', samples: [5] },
      { name: 'Flink, 128 MiB managed', samples: [10] },
    ];

    assert.equal(bestOfFlink(line({ flink }))?.name, 'Flink, 128 MiB managed');
    assert.equal(bestOfFlink(line({ flink, better: 'less' }))?.name, 'Flink, default');
  });

  it('meets an aim that it reaches, and none that nothing is compared with', () => {
    assert.equal(isMet(line({ aim: { ratio: 2 } })), true);
    assert.equal(isMet(line({ aim: { ratio: 2.1 } })), false);
    assert.equal(isMet(line({ aim: { ratio: 2 }, flink: [] })), undefined);
    assert.equal(isMet(line({ aim: { atMost: 19 }, flink: [] })), false);
  });

  it('tells its distance to the limit', () => {
    assert.equal(shareOfLimit(line({ limit: { name: 'C++ loop', samples: [40] } })), 0.5);
  });
});
