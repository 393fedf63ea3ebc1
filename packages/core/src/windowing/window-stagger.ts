/**
 * When the windows of different subtasks open: all at once, or spread out.
 *
 * Flink: WindowStagger.
 */
import { windowStartWithOffset } from './window-start.ts';

/**
 * - `aligned`: all windows start at multiples of the size.
 * - `random`: each subtask draws a shift once.
 * - `natural`: the first record of a subtask opens its first window.
 */
export type WindowStagger = 'aligned' | 'random' | 'natural';

/** Drawn once per operator instance, at its first record. */
export function staggerOffset(
  stagger: WindowStagger,
  context: { processingTime: number; size: number; random: () => number },
): number {
  switch (stagger) {
    case 'aligned':
      return 0;
    case 'random':
      return Math.floor(context.random() * context.size);
    case 'natural':
      return (
        context.processingTime - windowStartWithOffset(context.processingTime, 0, context.size)
      );
  }
}
