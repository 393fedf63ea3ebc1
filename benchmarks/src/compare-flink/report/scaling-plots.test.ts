import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ComparedLine } from './compared-line.ts';
import { plotsOf } from './scaling-plots.ts';

function line(of: Partial<ComparedLine>): ComparedLine {
  return {
    kind: 'scaling',
    work: 'keyed count',
    backend: 'heap',
    unit: 'CPU ns/record',
    better: 'less',
    ours: { name: 'Millrace', samples: [300, 200, 400] },
    flink: [{ name: 'Flink', samples: [900] }],
    plotted: { plot: 'scaling-keys', at: 10_000 },
    ...of,
  };
}

describe('the plots of scaling', () => {
  it('have a point for each side, backend and number of keys, with its spread', () => {
    const [plot, ...others] = plotsOf(
      [
        line({ limit: { name: 'loop by hand', samples: [50] } }),
        line({ plotted: { plot: 'scaling-keys', at: 10_000_000 } }),
        line({ backend: 'rocksdb', flink: [] }),
      ],
      'now',
    );

    assert.equal(others.length, 0);
    const said = [...(plot?.svg ?? '').matchAll(/<title>(.*?, keys .*)<\/title>/g)].map(
      ([, it]) => it,
    );
    assert.deepEqual(said, [
      'Millrace, heap, keys 10,000: 300 (200 - 400)',
      'Millrace, heap, keys 10,000,000: 300 (200 - 400)',
      'Flink, heap, keys 10,000: 900 (900 - 900)',
      'Flink, heap, keys 10,000,000: 900 (900 - 900)',
      'loop by hand, keys 10,000: 50.0 (50.0 - 50.0)',
      'Millrace, RocksDB, keys 10,000: 300 (200 - 400)',
    ]);
  });

  it('are one of the keys and one of the parallelism, without the lines that are in none', () => {
    const { plotted: _, ...rate } = line({});
    const lines = [line({}), line({ plotted: { plot: 'scaling-parallelism', at: 2 } }), rate];

    assert.deepEqual(
      plotsOf(lines, 'now').map(({ name }) => name),
      ['scaling-keys', 'scaling-parallelism'],
    );
    assert.deepEqual(plotsOf([rate], 'now'), []);
  });
});
