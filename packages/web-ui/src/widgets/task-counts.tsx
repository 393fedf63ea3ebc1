/** How many tasks are in which state: one number for each state that has any. */
import type { VNode } from 'preact';
import { toneOf } from './status-badge.tsx';

export function TaskCounts({ tasks }: { tasks: Readonly<Record<string, number>> }): VNode {
  const counts = Object.entries(tasks).filter(([state, count]) => {
    return count > 0 && state.toLowerCase() !== 'total';
  });
  return (
    <span class="task-counts">
      {counts.map(([state, count]) => (
        <span key={state} class={`badge ${toneOf(state)}`} title={state.toLowerCase()}>
          {count}
          <span class="unseen"> {state.toLowerCase()}</span>
        </span>
      ))}
      {counts.length === 0 && '–'}
    </span>
  );
}
