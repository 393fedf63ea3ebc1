import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sectionsOf } from '../sections.ts';
import { accessLines, isWithKeysAhead } from './access-lines.ts';
import { ratioOf } from './compared-line.ts';

const [section] = sectionsOf('full');
const ACCESS = { group: 'value', access: 'get', distribution: 'uniform', checksum: 1 } as const;

function figure(side: string, operationsPerMs: number) {
  return { side, operationsPerMs: [operationsPerMs] };
}

describe('lines of state access', () => {
  it('are one for each way of ours, beside the same turns of Flink and with the same aim', () => {
    assert.ok(section?.kind === 'accesses');
    const figures = [figure('Flink', 4), figure('Millrace', 6), figure('Millrace, keys ahead', 12)];

    const lines = accessLines(section, { ...ACCESS, figures });

    assert.deepEqual(
      lines.map((line) => [
        line.work,
        line.ours.name,
        ratioOf(line),
        line.aim,
        isWithKeysAhead(line),
      ]),
      [
        ['value get, 500,000 keys, uniform', 'Millrace', 1.5, { ratio: 2 }, false],
        ['value get, 500,000 keys, uniform, keys ahead', 'Millrace', 3, { ratio: 2 }, true],
      ],
    );
  });

  it('have the loop in C++ as their limit', () => {
    assert.ok(section?.kind === 'accesses');
    const figures = [figure('Millrace, keys ahead', 12), figure('C++ loop', 24)];

    const [line, ...others] = accessLines(section, { ...ACCESS, figures });

    assert.deepEqual([line?.limit?.samples, others], [[24], []]);
  });
});
