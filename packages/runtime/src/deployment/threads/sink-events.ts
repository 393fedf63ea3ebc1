/**
 * What sinks of a worker send to their coordinators, which are on the main thread.
 *
 * Invariant: what was sent in an attempt that is over waits for nothing any more.
 */
import { TaskError } from '@millrace/core';
import type { JobGraph } from '../../graph/job-graph.ts';
import type { FromTaskManager } from './worker-messages.ts';

export interface SinkEvent {
  readonly operatorId: string;
  readonly subtask: number;
  readonly event: unknown;
}

export class SinkEvents {
  private readonly jobGraph: JobGraph;
  private readonly post: (message: FromTaskManager) => void;
  private readonly pending = new Map<number, () => void>();
  private lastId = 0;

  /** @param post - throws for what cannot be cloned */
  constructor(jobGraph: JobGraph, post: (message: FromTaskManager) => void) {
    this.jobGraph = jobGraph;
    this.post = post;
  }

  /** How many the coordinators have not taken yet. */
  get size(): number {
    return this.pending.size;
  }

  /** Nobody takes those of the attempt before. */
  beginAttempt(): void {
    this.pending.clear();
  }

  /**
   * Resolves when the coordinator has it.
   *
   * @throws TaskError `VALUE_NOT_SERIALIZABLE`
   */
  async send(attempt: number, sinkEvent: SinkEvent): Promise<void> {
    const id = this.lastId++;
    try {
      this.post({ kind: 'sink-event', attempt, id, ...sinkEvent });
    } catch (error) {
      throw notCloneable(sinkEvent.operatorId, this.jobGraph, error);
    }
    await new Promise<void>((resolve) => this.pending.set(id, resolve));
  }

  taken(id: number): void {
    this.pending.get(id)?.();
    this.pending.delete(id);
  }
}

function notCloneable(operatorId: string, { vertices }: JobGraph, error: unknown): TaskError {
  const name = vertices
    .flatMap(({ operators }) => operators)
    .find((operator) => operator.operatorId === operatorId)?.name;
  return new TaskError(
    'VALUE_NOT_SERIALIZABLE',
    `a record of '${name}' cannot go to the thread of the program: ${String(error)}; collect plain ` +
      'values, without functions',
    { cause: error },
  );
}
