import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { CollectionSource } from './collection-source.ts';
import { DataGeneratorSource } from './data-generator-source.ts';
import { NumberSequenceSource } from './number-sequence-source.ts';
import { splitNumberRange } from './number-sequence-split.ts';
import { SourceFixture } from './source-fixture.ts';

const count = fc.integer({ min: 0, max: 60 });
const parallelism = fc.integer({ min: 1, max: 5 });
const polls = fc.array(fc.record({ subtask: fc.nat(4), records: fc.integer({ min: 1, max: 9 }) }), {
  maxLength: 20,
});

const SOURCES = {
  'a number sequence': (n: number) => new NumberSequenceSource(0, Math.max(0, n - 1)),
  'a collection': (n: number) => new CollectionSource(Array.from({ length: n }, (_, i) => i)),
  'a generator': (n: number) => new DataGeneratorSource((i) => i, n),
};

describe('a source that is restored', () => {
  for (const [name, create] of Object.entries(SOURCES)) {
    it(`goes on from any snapshot with no record lost or twice: ${name}`, () => {
      const property = fc.property(count, parallelism, polls, (n, subtasks, before) => {
        const first = new SourceFixture(create(n), subtasks);
        for (const { subtask, records } of before) {
          first.poll(subtask % subtasks, records);
        }
        const snapshot = first.snapshot();
        const emitted = [...first.records];
        first.runToEnd();

        const second = new SourceFixture(create(n), subtasks, snapshot);
        second.runToEnd();

        const inOrder = (records: readonly number[]) => [...records].sort((a, b) => a - b);
        assert.deepEqual(inOrder([...emitted, ...second.records]), inOrder(first.records));
        assert.equal(new Set(first.records).size, first.records.length);
      });

      fc.assert(property);
    });
  }

  it('gives back the splits of a reader that failed before a checkpoint held them', () => {
    const source = new NumberSequenceSource(1, 10);
    const assigned: string[] = [];
    const enumerator = source.createEnumerator({
      currentParallelism: 2,
      registeredReaders: new Set(),
      clock: undefined as never,
      metricGroup: { setUnassignedSplitsGauge: () => {} },
      assignSplit: (split, subtask) => assigned.push(`${split.splitId} to ${subtask}`),
      signalNoMoreSplits: (subtask) => assigned.push(`none to ${subtask}`),
      callAsync: () => assert.fail('not called'),
    });
    enumerator.handleSplitRequest(0);
    enumerator.handleSplitRequest(1);

    enumerator.addSplitsBack([{ splitId: '1', from: 1, to: 5 }], 0);
    enumerator.handleSplitRequest(1);
    enumerator.handleSplitRequest(0);

    assert.deepEqual(assigned, ['1 to 0', '2 to 1', '1 to 1', 'none to 0']);
  });
});

describe('splitNumberRange', () => {
  it('covers the range in order, without gaps, with lengths that differ by one at most', () => {
    const property = fc.property(
      fc.integer(),
      fc.nat(1000),
      fc.integer({ min: 1, max: 20 }),
      (from, length, parts) => {
        const splits = splitNumberRange({ from, to: from + length }, parts);

        let next = from;
        for (const [index, split] of splits.entries()) {
          assert.equal(split.splitId, String(index + 1));
          assert.equal(split.from, next);
          next = split.to + 1;
        }
        assert.equal(next, from + length + 1);
        const lengths = splits.map((split) => split.to - split.from);
        assert.ok(Math.max(...lengths) - Math.min(...lengths) <= 1);
      },
    );

    fc.assert(property);
  });
});
