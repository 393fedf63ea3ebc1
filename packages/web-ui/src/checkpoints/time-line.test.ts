import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { barsOf, type Hop, hopOfSubtask, linesOf, slowestOf } from './time-line.ts';

function hop(subtask: number, ms: readonly number[], endToEndMs: number, vertexId = 'v'): Hop {
  const [start = 0, alignment = 0, sync = 0, async = 0] = ms;
  const spans = { 'start delay': start, alignment, synchronous: sync, asynchronous: async };
  return { vertexId, subtask, spans, endToEndMs };
}

describe('the time line of a checkpoint', () => {
  it('takes the phases of a subtask from what Flink tells', () => {
    const found = hopOfSubtask('v', {
      className: 'completed',
      index: 3,
      status: 'completed',
      end_to_end_duration: 33,
      checkpoint: { sync: 2, async: 13 },
      alignment: { buffered: 0, processed: 0, persisted: 0, duration: 5 },
      start_delay: 8,
    });

    assert.deepEqual(found, hop(3, [8, 5, 2, 13], 33));
  });

  it('leaves out a subtask that has not acknowledged', () => {
    assert.equal(
      hopOfSubtask('v', { className: 'pending', index: 0, status: 'pending_or_failed' }),
      undefined,
    );
  });

  it('has the slowest subtask of each vertex first', () => {
    const hops = [hop(0, [], 5), hop(1, [], 9), hop(0, [], 7, 'w')];

    assert.deepEqual(
      linesOf(['w', 'v'], hops).map((line) => line.hops.map(({ subtask }) => subtask)),
      [[0], [1, 0]],
    );
  });

  it('names the phase that took most of the last acknowledgement', () => {
    const slowest = slowestOf([hop(0, [1, 90, 0, 0], 95), hop(1, [10, 20, 5, 300], 400)]);

    assert.deepEqual(
      [slowest?.hop.subtask, slowest?.phase, slowest?.phaseMs],
      [1, 'asynchronous', 300],
    );
    assert.equal(slowestOf([]), undefined);
  });

  it('has bars one after the other that stay within its width', () => {
    const ms = fc.nat(5000);

    fc.assert(
      fc.property(ms, ms, ms, ms, ms, ms, (start, align, sync, async, end, total) => {
        const bars = barsOf(hop(0, [start, align, sync, async], end), total);
        bars.forEach((bar, index) => {
          const next = bars[index + 1];
          assert.ok(bar.start >= 0 && bar.start + bar.length <= 1 + 1e-9);
          assert.ok(next === undefined || bar.start + bar.length <= next.start + 1e-9);
        });
      }),
    );
  });

  it('shows the time that no phase explains as the rest', () => {
    assert.deepEqual(barsOf(hop(0, [10, 0, 0, 40], 100), 100), [
      { phase: 'start delay', start: 0, length: 0.1 },
      { phase: 'asynchronous', start: 0.1, length: 0.4 },
      { phase: 'rest', start: 0.5, length: 0.5 },
    ]);
  });
});
