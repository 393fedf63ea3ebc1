import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { threadInfo } from './thread-dump.ts';

const OPTIONS = { depthMax: 2, patienceMs: 2000 };
const THREAD = { id: 3, name: 'worker' };
const NAMES = ['(root)', '(idle)', 'outer', 'middle', 'inner', '(program)'];
const NODES = NAMES.map((functionName, index) => ({
  id: index + 1,
  callFrame: {
    ...{ functionName, scriptId: '0', columnNumber: 0, lineNumber: 10 * index },
    url: functionName.startsWith('(') ? '' : 'file:///a.js',
  },
  children: [[2, 3, 6], [], [4], [5], [], []][index] as number[],
  positionTicks: functionName === 'inner' ? [{ line: 45, ticks: 3 }] : [],
}));

describe('a thread of a dump', () => {
  it('has its stack, innermost first, as deep as allowed, with the line that runs', () => {
    assert.deepEqual(infoOf([2, 5, 6]), {
      threadName: 'worker',
      stringifiedThreadInfo:
        '"worker" Id=3 RUNNABLE\n\tat inner (file:///a.js:45)\n\tat middle (file:///a.js:31)\n\t...\n\n',
    });
  });

  it('waits where it is in its event loop', () => {
    assert.match(
      infoOf([5, 2, 6]).stringifiedThreadInfo,
      /^"worker" Id=3 WAITING\n\tat \(event loop\)/,
    );
  });

  it('is told as one that does not answer', () => {
    const { stringifiedThreadInfo } = threadInfo({ thread: THREAD, profile: undefined }, OPTIONS);

    assert.match(stringifiedThreadInfo, /UNKNOWN\n\t- {2}no answer within 2000 ms/);
  });
});

function infoOf(samples: number[]) {
  const profile = { nodes: NODES, samples, startTime: 0, endTime: 1 };
  return threadInfo({ thread: THREAD, profile }, OPTIONS);
}
