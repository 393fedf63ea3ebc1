import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { StreamTask } from '../tasks/stream-task.ts';
import { BlockingSlices } from './blocking-slices.ts';

function taskOf(name: string): StreamTask {
  const vertex = { name, parallelism: 2 };
  return { deployment: { address: { vertexId: name, subtask: 1 }, vertex } } as never;
}

describe('slices that block their thread', () => {
  it('are told of a task once, and again when they are twice as long', () => {
    const warnings: string[] = [];
    const slices = new BlockingSlices((message) => void warnings.push(message));
    const task = taskOf('Map');

    for (const elapsedMs of [3000, 3000, 5999, 6000, 6000]) {
      slices.observe(task, elapsedMs);
    }
    slices.observe(taskOf('Sink'), 2000);

    assert.deepEqual(
      warnings.map((warning) => /function of (.*) blocked .* for (\d s)/.exec(warning)?.slice(1)),
      [
        ['Map (2/2)', '3 s'],
        ['Map (2/2)', '6 s'],
        ['Sink (2/2)', '2 s'],
      ],
    );
  });
});
