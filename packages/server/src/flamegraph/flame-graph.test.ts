import assert from 'node:assert/strict';
import type { Profiler } from 'node:inspector';
import { describe, it } from 'node:test';
import { taskFrameName } from '@millrace/runtime';
import { flameGraph } from './flame-graph.ts';

const TASK = { jobId: 'j', vertexId: 'v', subtask: 0 };

/** Two tasks, one of them twice, and idleness. */
const PROFILE = profileOf([
  [1, '(root)', '', 0, [2, 3, 6, 8]],
  [2, '(idle)', '', 5, []],
  [3, '', taskFrameName(TASK), 0, [4]],
  [4, 'runSlice', 'file:///x/tasks/stream-task.js', 1, [5]],
  [5, 'map', 'file:///x/program.js', 7, []],
  [6, '', taskFrameName({ ...TASK, vertexId: 'other' }), 0, [7]],
  [7, 'filter', 'file:///x/program.js', 3, []],
  [8, 'run', 'file:///x/task-loop.js', 0, [9]],
  [9, '', taskFrameName(TASK), 0, [10]],
  [10, 'runSlice', 'file:///x/tasks/stream-task.js', 2, []],
]);

describe('a flame graph', () => {
  it('is what runs below the frames of the task, wherever they are, and the waits of its thread', () => {
    const graph = flameGraph([{ ...TASK, profile: PROFILE }], { type: 'FULL', depthMax: 100 });

    assert.deepEqual(graph, {
      name: 'root',
      value: 15,
      children: [
        { name: '(the event loop waits)', value: 5, children: [] },
        {
          name: 'runSlice tasks/stream-task.js:1',
          value: 10,
          children: [{ name: 'map x/program.js:1', value: 7, children: [] }],
        },
      ],
    });
  });

  it('is parted into what is on the CPU and what is off it', () => {
    const samplesOf = (type: 'ON_CPU' | 'OFF_CPU') =>
      flameGraph([{ ...TASK, profile: PROFILE }], { type, depthMax: 100 }).value;

    assert.deepEqual([samplesOf('ON_CPU'), samplesOf('OFF_CPU')], [10, 5]);
  });

  it('counts what is deeper than allowed where it ends', () => {
    const { value, children } = flameGraph([{ ...TASK, profile: PROFILE }], {
      ...{ type: 'ON_CPU', depthMax: 1 },
    });

    assert.equal(value, 10);
    assert.deepEqual(children, [
      { name: 'runSlice tasks/stream-task.js:1', value: 10, children: [] },
    ]);
  });
});

function profileOf(
  rows: readonly (readonly [number, string, string, number, number[]])[],
): Profiler.Profile {
  const nodes = rows.map(([id, functionName, url, hitCount, children]) => ({
    ...{ id, hitCount, children },
    callFrame: { functionName, url, scriptId: '0', lineNumber: 0, columnNumber: 0 },
  }));
  return { nodes, startTime: 0, endTime: 1 };
}
