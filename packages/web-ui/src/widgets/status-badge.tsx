/** A state in its colour. The word carries the meaning; the colour helps. */
import type { VNode } from 'preact';

type Tone = 'good' | 'busy' | 'bad' | 'done' | 'idle';

const TONES: Readonly<Record<string, Tone>> = {
  RUNNING: 'good',
  COMPLETED: 'good',
  FINISHED: 'done',
  CANCELED: 'idle',
  SUSPENDED: 'idle',
  CREATED: 'busy',
  SCHEDULED: 'busy',
  INITIALIZING: 'busy',
  DEPLOYING: 'busy',
  RECONCILING: 'busy',
  RESTARTING: 'busy',
  CANCELING: 'busy',
  CANCELLING: 'busy',
  IN_PROGRESS: 'busy',
  FAILING: 'bad',
  FAILED: 'bad',
};

export function StatusBadge({ status }: { status: string }): VNode {
  return <span class={`badge ${toneOf(status)}`}>{status.toLowerCase().replaceAll('_', ' ')}</span>;
}

export function toneOf(status: string): Tone {
  return TONES[status.toUpperCase()] ?? 'idle';
}
