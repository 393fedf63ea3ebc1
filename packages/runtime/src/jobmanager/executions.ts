/**
 * The executions of all subtasks of a job, over all of its attempts: in which state each is, since
 * when, where, and what it had counted when it ended.
 *
 * Invariants:
 * - The states of one execution only go forward; nothing follows an end.
 * - A subtask counts its attempts by itself: regions restart alone.
 * - No more than `attemptsHistorySize` earlier attempts of a subtask are kept; the oldest go first.
 * - Nothing here holds on to a task: figures are plain.
 *
 * Flink: Execution, ExecutionHistory, VertexAttemptNumberStore.
 */
import type { Clock } from '@millrace/core';
import type { SubtaskAddress } from '../checkpoint/checkpoint-coordinator-gateway.ts';
import { subtaskKey } from '../checkpoint/checkpoint-plan.ts';
import type { ExecutionState } from '../gateway/job-details.ts';
import type { JobGraph } from '../graph/job-graph.ts';
import { DeploymentTime } from './deployment-time.ts';
import type { TaskFigures } from './vertex-details.ts';

/** One attempt of a subtask. */
export interface Execution {
  readonly task: SubtaskAddress;
  readonly attempt: number;
  state: ExecutionState;
  readonly stateTimestamps: Partial<Record<ExecutionState, number>>;
  taskManagerId: string | undefined;
  /** The last that were heard; live ones are asked of the task. */
  figures: TaskFigures | undefined;
}

/** How far each is on the way of an execution. */
const RANKS: Readonly<Record<ExecutionState, number>> = {
  CREATED: 0,
  SCHEDULED: 1,
  DEPLOYING: 2,
  INITIALIZING: 3,
  RUNNING: 4,
  CANCELING: 5,
  FINISHED: 6,
  CANCELED: 6,
  FAILED: 6,
};

interface Subtask {
  current: Execution;
  /** Oldest first. */
  readonly earlier: Execution[];
}

export class Executions {
  readonly deploymentTime: DeploymentTime;
  private readonly clock: Pick<Clock, 'now'>;
  private readonly attemptsHistorySize: number;
  private subtasks: ReadonlyMap<string, Subtask> = new Map();

  /** @param options.attemptsHistorySize - `jobmanager.execution.attempts-history-size`, at least 0 */
  constructor(options: {
    readonly clock: Pick<Clock, 'now'>;
    readonly attemptsHistorySize: number;
    readonly jobGraph: JobGraph;
  }) {
    this.clock = options.clock;
    this.attemptsHistorySize = options.attemptsHistorySize;
    this.deploymentTime = new DeploymentTime(options.jobGraph.batchExecution);
    this.adopt(options.jobGraph);
  }

  /** The job goes on at the parallelisms of a graph. */
  adopt({ vertices }: JobGraph): void {
    const former = this.subtasks;
    this.subtasks = new Map(
      vertices.flatMap(({ id: vertexId, parallelism }) =>
        Array.from({ length: parallelism }, (_, subtask) => {
          const task = { vertexId, subtask };
          const key = subtaskKey(task);
          return [key, former.get(key) ?? { current: this.create(task, 0), earlier: [] }] as const;
        }),
      ),
    );
  }

  /** Which attempt of these tasks comes next; the same for all of a region, the largest of them. */
  nextAttempt(tasks: readonly SubtaskAddress[]): number {
    return Math.max(
      0,
      ...tasks.map((task) => {
        const current = this.subtasks.get(subtaskKey(task))?.current;
        return current === undefined ? 0 : current.attempt + (current.state === 'CREATED' ? 0 : 1);
      }),
    );
  }

  /**
   * A next attempt of these tasks.
   *
   * @param toRun - those that had not finished in what is restored
   */
  begin(tasks: readonly SubtaskAddress[], toRun: readonly SubtaskAddress[]): void {
    const attempt = this.nextAttempt(tasks);
    const running = new Set(toRun.map(subtaskKey));
    for (const task of tasks) {
      const subtask = this.subtasks.get(subtaskKey(task));
      if (subtask !== undefined) {
        this.renew(subtask, attempt);
        this.reach(subtask.current, running.has(subtaskKey(task)) ? 'SCHEDULED' : 'FINISHED');
      }
    }
  }

  reached(task: SubtaskAddress, state: ExecutionState): void {
    const current = this.subtasks.get(subtaskKey(task))?.current;
    if (current !== undefined) {
      this.reach(current, state);
    }
  }

  assigned(task: SubtaskAddress, taskManagerId: string | undefined): void {
    const current = this.subtasks.get(subtaskKey(task))?.current;
    if (current !== undefined) {
      current.taskManagerId = taskManagerId;
    }
  }

  /** What the tasks of an attempt that is over have come to. */
  keepFigures(figures: readonly TaskFigures[]): void {
    for (const each of figures) {
      const current = this.subtasks.get(subtaskKey(each.task))?.current;
      if (current !== undefined) {
        current.figures = each;
      }
    }
  }

  /** Of each subtask. */
  current(): readonly Execution[] {
    return Array.from(this.subtasks.values(), ({ current }) => current);
  }

  executionOf(task: SubtaskAddress): Execution | undefined {
    return this.subtasks.get(subtaskKey(task))?.current;
  }

  /** Oldest first. */
  earlierOf(task: SubtaskAddress): readonly Execution[] {
    return this.subtasks.get(subtaskKey(task))?.earlier ?? [];
  }

  private renew(subtask: Subtask, attempt: number): void {
    const { current, earlier } = subtask;
    if (current.state === 'CREATED') {
      return;
    }
    this.reach(current, 'CANCELED'); // Whatever it was in the middle of is over.
    earlier.push(current);
    earlier.splice(0, earlier.length - this.attemptsHistorySize);
    subtask.current = this.create(current.task, attempt);
  }

  private create(task: SubtaskAddress, attempt: number): Execution {
    return {
      task,
      attempt,
      state: 'CREATED',
      stateTimestamps: { CREATED: this.clock.now() },
      taskManagerId: undefined,
      figures: undefined,
    };
  }

  private reach(execution: Execution, state: ExecutionState): void {
    if (RANKS[state] > RANKS[execution.state]) {
      const now = this.clock.now();
      this.deploymentTime.moved(execution.state, state, now);
      execution.state = state;
      execution.stateTimestamps[state] = now;
    }
  }
}
