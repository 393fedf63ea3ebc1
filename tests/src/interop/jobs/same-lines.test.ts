import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertSameLines, type LineOrder } from './same-lines.ts';

const THEIRS = ['a 1', 'b 1', 'a 2', 'watermark 5', 'b 2', 'watermark 9'];

function compare(ours: readonly string[], order: LineOrder): void {
  assertSameLines(ours, THEIRS, { stream: 'result', order });
}

describe('the comparison with the lines of Flink', () => {
  it('tells the first line that differs, with those before it', () => {
    const ours = ['a 1', 'b 1', 'a 3', 'watermark 5', 'b 2', 'watermark 9'];

    assert.throws(() => compare(ours, 'exact'), {
      message:
        "stream 'result' differs from Flink's at line 3 (ours has 6 lines, Flink's 6):\n" +
        '    a 1\n    b 1\n  + a 3    ours\n  - a 2    Flink',
    });
  });

  it('refuses lines that are missing and lines too many', () => {
    assert.throws(() => compare(THEIRS.slice(0, -1), 'exact'), /\+ \(end\)/);
    assert.throws(() => compare([...THEIRS, 'c 1'], 'exact'), /- \(end\)/);
  });

  it('lets keys change places between two watermarks only, and lines of a key never', () => {
    const betweenWatermarks = ['b 1', 'a 1', 'a 2', 'watermark 5', 'b 2', 'watermark 9'];
    const acrossOne = ['a 1', 'b 1', 'a 2', 'b 2', 'watermark 5', 'watermark 9'];
    const withinKey = ['a 2', 'b 1', 'a 1', 'watermark 5', 'b 2', 'watermark 9'];

    compare(betweenWatermarks, 'by-key');

    assert.throws(() => compare(betweenWatermarks, 'exact'));
    assert.throws(() => compare(acrossOne, 'by-key'));
    assert.throws(() => compare(withinKey, 'by-key'));
    assert.throws(() => compare(withinKey, 'records-by-key'));
  });

  it('takes the lines between two watermarks in any order where the job has none', () => {
    const withinKey = ['a 2', 'b 1', 'a 1', 'watermark 5', 'b 2', 'watermark 9'];
    const acrossOne = ['a 1', 'b 1', 'a 2', 'b 2', 'watermark 5', 'watermark 9'];

    compare(withinKey, 'any');

    assert.throws(() => compare(acrossOne, 'any'));
  });

  it('passes watermarks over where Flink holds them back', () => {
    compare(['b 1', 'a 1', 'a 2', 'b 2'], 'records-by-key');

    assert.throws(() => compare(['b 1', 'a 1', 'b 2'], 'records-by-key'));
  });
});
