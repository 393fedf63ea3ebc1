/**
 * What sinks of a worker send to their coordinators, which are on the main thread.
 *
 * Invariant: nothing is kept of an attempt that is over.
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
  private readonly pending = new Map<number, { readonly attempt: number; resolve(): void }>();
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

  /** Nobody takes those of an attempt that is over. */
  endAttempt(attempt: number): void {
    for (const [id, event] of this.pending) {
      if (event.attempt === attempt) {
        this.pending.delete(id);
      }
    }
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
    await new Promise<void>((resolve) => this.pending.set(id, { attempt, resolve }));
  }

  taken(id: number): void {
    this.pending.get(id)?.resolve();
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
