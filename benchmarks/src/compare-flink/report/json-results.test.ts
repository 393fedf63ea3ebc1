import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { ComparedLine } from './compared-line.ts';
import { appendToJson, type RunFacts, recordedLines } from './json-results.ts';

const LINE: ComparedLine = {
  kind: 'checkpoints',
  work: 'restore',
  backend: 'rocksdb',
  unit: 'ms',
  better: 'less',
  ours: { name: 'Millrace', samples: [100] },
  flink: [{ name: 'Flink', samples: [250] }],
  aim: { ratio: 2 },
};
const FACTS: RunFacts = {
  date: '2026-11-22T08:00:00.000Z',
  began: '2026-11-22T07:59:00.000Z',
  command: 'npm run bench:compare -- --only checkpoints',
  quick: false,
  machine: { cores: 2 },
  versions: ['Flink 1.20.5'],
  settings: {},
  load: { before: 0.1, after: 1 },
};

describe('the results as JSON', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'results-'));
    file = join(folder, 'results.json');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('are one list over all runs', () => {
    appendToJson(file, [LINE], FACTS);
    appendToJson(file, [{ ...LINE, aim: { atMost: 20 } }], FACTS);

    const [first, second] = JSON.parse(readFileSync(file, 'utf8'));
    const { work, backend, ours, flink, unit, ratio, aim } = first;
    assert.deepEqual(
      { work, backend, ours, flink, unit, ratio, aim },
      {
        work: 'restore',
        backend: 'rocksdb',
        ours: 100,
        flink: 250,
        unit: 'ms',
        ratio: 2.5,
        aim: 2,
      },
    );
    assert.equal(second.aim, 'at most 20');
    assert.equal(second.load.before, 0.1);
  });

  it('have the figure of each other stream processor, and how many times as good we are', () => {
    const peers = [{ name: 'Bytewax', samples: [400, 500, 600] }];

    appendToJson(file, [{ ...LINE, peers }], FACTS);

    const [result] = JSON.parse(readFileSync(file, 'utf8'));
    assert.deepEqual(result.peers, { Bytewax: { figure: 500, ratio: 5 } });
    assert.deepEqual(result.samples.Bytewax, [400, 500, 600]);
  });

  it('say of no aim that it is met where the run does not judge', () => {
    appendToJson(file, [LINE], FACTS);
    appendToJson(file, [LINE], { ...FACTS, quick: true });
    appendToJson(file, [LINE], { ...FACTS, load: { before: 35.7, after: 1 } });

    const results: { met: unknown }[] = JSON.parse(readFileSync(file, 'utf8'));
    assert.deepEqual(
      results.map(({ met }) => met),
      [true, null, null],
    );
  });

  it('hold all of a line, and of what its run was', () => {
    const lines: ComparedLine[] = [
      LINE,
      {
        ...LINE,
        kind: 'scaling',
        flink: [
          { name: 'Flink, 128 MiB managed', samples: [5, 7] },
          { name: 'Flink, default', samples: [6, 8] },
        ],
        limit: { name: 'loop by hand', samples: [50, 60] },
        aim: { atMost: 20 },
        plotted: { plot: 'scaling-keys', at: 10_000 },
      },
      { ...LINE, kind: 'peers', flink: [], peers: [{ name: 'Bytewax', samples: [1] }] },
    ];

    appendToJson(file, lines, FACTS);

    assert.deepEqual(
      recordedLines(file),
      lines.map((line) => ({ line, facts: FACTS })),
    );
  });

  it('of before lines said when their run began are of one run where kind and load before it are the same', () => {
    const { began: _, command: __, ...facts } = FACTS;
    const old = ([date, kind, before]: [string, string, number]) => ({
      ...{ work: 'get', backend: 'heap', unit: 'ms', better: 'less', aim: null, kind },
      ...{ samples: { Millrace: [1] }, ...facts, date, load: { before, after: 1 } },
    });
    const results: [string, string, number][] = [
      ['2026-11-22T08:00:00.000Z', 'state', 0.5],
      ['2026-11-22T08:01:00.000Z', 'state', 0.5],
      ['2026-11-22T08:02:00.000Z', 'memory', 0.5],
      ['2026-11-22T08:03:00.000Z', 'memory', 0.7],
    ];
    writeFileSync(file, JSON.stringify(results.map(old)));

    const began = recordedLines(file).map(({ facts }) => facts.began.slice(11, 16));

    assert.deepEqual(began, ['08:00', '08:00', '08:02', '08:03']);
    assert.equal(recordedLines(file)[0]?.facts.command, undefined);
  });

  it('are none before a run has measured any', () => {
    assert.deepEqual(recordedLines(file), []);
  });

  for (const [text, why] of [
    ['{"a":1}', /holds no list/],
    ['text', /holds no JSON/],
    ['[{"name":"keyed count"}]', /element 0 is no line/],
  ] as const) {
    it(`are not read of a file that holds ${text}`, () => {
      writeFileSync(file, text);

      assert.throws(() => recordedLines(file), why);
    });
  }
});
