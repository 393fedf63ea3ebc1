import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ComparedLine } from './compared-line.ts';
import { tableHead, tableRows } from './tables.ts';

const LINE: ComparedLine = {
  kind: 'peers',
  work: 'word count',
  backend: 'heap',
  unit: 'records/s',
  better: 'more',
  ours: { name: 'Millrace', samples: [3000] },
  flink: [{ name: 'Flink, 128 MiB managed', samples: [1500] }],
  peers: [{ name: 'Bytewax', samples: [100, 200, 300] }],
  limit: { name: 'loop by hand', samples: [6000] },
};
const RUN = { quick: false, cores: 2, loadBefore: 0 };

describe('the table of a kind of lines', () => {
  it('has a row for each other stream processor, with how many times as good we are', () => {
    assert.deepEqual(tableRows(LINE, RUN), [
      '| word count | records/s | 3000 | Flink | 1500 | 2.00 |',
      '| word count | records/s | 3000 | Bytewax | 200 (100 - 300) | 15.00 |',
      '| word count | records/s | 3000 | loop by hand | 6000 | 0.50 |',
    ]);
  });

  it('has a row of as many cells as its head', () => {
    for (const kind of ['peers', 'pipelines'] as const) {
      const lines = [...tableHead(kind), ...tableRows({ ...LINE, kind }, RUN)];

      assert.equal(new Set(lines.map((line) => line.split('|').length)).size, 1);
    }
  });
});
