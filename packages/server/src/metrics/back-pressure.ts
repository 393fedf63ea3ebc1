/** How much of its time each subtask of a vertex waits for room. Flink: JobVertexBackPressureHandler. */
import type { JobVertexDetails } from '@millrace/runtime';
import type { BackPressureInfo } from './metrics-schemas.ts';

export function backPressureInfo(vertex: JobVertexDetails, now: number): BackPressureInfo {
  const subtasks = vertex.subtasks.map(({ subtask, backPressuredRatio, idleRatio, busyRatio }) => ({
    subtask,
    backpressureLevel: levelOf(backPressuredRatio),
    ratio: backPressuredRatio,
    idleRatio,
    busyRatio,
    'backpressure-level': levelOf(backPressuredRatio),
  }));
  if (subtasks.length === 0) {
    return { status: 'deprecated' }; // Nothing is known yet.
  }
  const level = levelOf(Math.max(...subtasks.map(({ ratio }) => ratio)));
  return {
    status: 'ok',
    backpressureLevel: level,
    'end-timestamp': now,
    subtasks,
    'backpressure-level': level,
  };
}

function levelOf(ratio: number): 'ok' | 'low' | 'high' {
  if (ratio <= 0.1) {
    return 'ok';
  }
  return ratio <= 0.5 ? 'low' : 'high';
}
