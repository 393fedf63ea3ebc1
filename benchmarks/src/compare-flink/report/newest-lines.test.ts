import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ComparedLine } from './compared-line.ts';
import type { RecordedLine, RunFacts } from './json-results.ts';
import { newestLines } from './newest-lines.ts';

/** `minute`: when it was measured; `began`: the minute when its run began. */
function recorded(
  { minute, began }: { readonly minute: number; readonly began: number },
  line: Partial<ComparedLine> = {},
  facts: Partial<RunFacts> = {},
): RecordedLine {
  const at = (of: number): string => `2026-11-22T08:${String(of).padStart(2, '0')}:00.000Z`;
  return {
    line: {
      kind: 'state',
      work: 'get',
      backend: 'heap',
      unit: 'operations/ms',
      better: 'more',
      ours: { name: 'Millrace', samples: [minute] },
      flink: [],
      ...line,
    },
    facts: {
      date: at(minute),
      began: at(began),
      quick: false,
      machine: { cores: 2 },
      versions: [],
      settings: {},
      load: { before: 0, after: minute },
      ...facts,
    },
  };
}

function shown(lines: readonly RecordedLine[]): string[] {
  return newestLines('state', lines).lines.map(
    ({ line, run }) =>
      `${line.work} ${line.backend} ${line.unit}: ${line.ours.samples[0]}, run ${run.number}`,
  );
}

describe('the newest lines of the record', () => {
  it('are one for each work, backend and unit, whatever the order of the files', () => {
    const newer = recorded({ minute: 9, began: 8 });
    const older = recorded({ minute: 2, began: 1 });
    const others = [
      recorded({ minute: 3, began: 1 }, { backend: 'rocksdb' }),
      recorded({ minute: 4, began: 1 }, { unit: 'CPU ns' }),
      recorded({ minute: 5, began: 1 }, { kind: 'memory' }),
    ];

    assert.deepEqual(shown([newer, older, ...others]), [
      'get heap operations/ms: 9, run 2',
      'get heap CPU ns: 4, run 1',
      'get rocksdb operations/ms: 3, run 1',
    ]);
  });

  it('are never of tiny sizes', () => {
    const lines = [
      recorded({ minute: 1, began: 0 }),
      recorded({ minute: 2, began: 2 }, {}, { quick: true }),
    ];

    assert.deepEqual(shown(lines), ['get heap operations/ms: 1, run 1']);
  });

  it('stand as their works first came, those on the heap first', () => {
    const lines = [
      recorded({ minute: 1, began: 0 }, { work: 'put', backend: 'rocksdb' }),
      recorded({ minute: 2, began: 0 }, { work: 'put' }),
      recorded({ minute: 3, began: 0 }, { work: 'get' }),
      recorded({ minute: 5, began: 4 }, { work: 'put' }),
    ];

    assert.deepEqual(shown(lines), [
      'put heap operations/ms: 5, run 2',
      'get heap operations/ms: 3, run 1',
      'put rocksdb operations/ms: 1, run 1',
    ]);
  });

  it('tell of their runs all versions and the load after the last line, shown or not', () => {
    const lines = [
      recorded({ minute: 1, began: 0 }, { work: 'get' }, { versions: ['Millrace'] }),
      recorded({ minute: 2, began: 0 }, { work: 'put' }, { versions: ['Millrace', 'Flink'] }),
      recorded({ minute: 4, began: 3 }, { work: 'put' }, { versions: ['Millrace'] }),
      recorded({ minute: 5, began: 5 }, { kind: 'memory' }),
    ];

    const { runs } = newestLines('state', lines);

    assert.deepEqual(
      runs.map(({ number, versions, load }) => ({ number, versions, after: load.after })),
      [
        { number: 1, versions: ['Millrace', 'Flink'], after: 2 },
        { number: 2, versions: ['Millrace'], after: 4 },
      ],
    );
  });

  it('leave out runs of which no line is the newest', () => {
    const lines = [recorded({ minute: 1, began: 0 }), recorded({ minute: 3, began: 2 })];

    assert.equal(newestLines('state', lines).runs.length, 1);
    assert.deepEqual(shown(lines), ['get heap operations/ms: 3, run 1']);
  });
});
