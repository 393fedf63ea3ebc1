/**
 * In a worker thread: runs the share of one slot of a job, attempt after attempt, as the JobManager
 * says.
 *
 * Invariants:
 * - Messages of an attempt that is over change nothing.
 * - What the program wrote has left the thread before the JobManager hears that an attempt has ended:
 *   it may end the thread then.
 */
import {
  type Clock,
  type Configuration,
  encodeError,
  errorMessage,
  type MetricDump,
  TaskError,
} from '@millrace/core';
import { reviveStateHandles } from '@millrace/state';
import type { JobGraph } from '../../graph/job-graph.ts';
import { jobGraphFacts } from '../../graph/job-graph-facts.ts';
import { withParallelism } from '../../graph/rescaled-job-graph.ts';
import { LoopPulse } from '../../taskmanager/loop-pulse.ts';
import { TaskExecutor } from '../../taskmanager/task-executor.ts';
import type { LocalDeploymentOptions } from '../local/local-deployment.ts';
import { SlotAssignment } from '../slot-assignment.ts';
import { encodeAccumulators, mergeForeignParts } from './accumulator-messages.ts';
import { flushOutput } from './early-output.ts';
import { openSlotNetwork } from './slot-channels.ts';
import type { TaskManagerThread } from './task-manager-thread.ts';
import type { WorkerCheckpointStreams } from './worker-checkpoint-streams.ts';
import { workerJobMaster } from './worker-job-master.ts';
import type { FromTaskManager, SlotReport, SlotShare, ToTaskManager } from './worker-messages.ts';

/** How often the numbers of a slot are told, which is also its sign of life. */
export const REPORT_INTERVAL_MS = 1000;

export interface TaskManagerServerParts {
  readonly thread: TaskManagerThread;
  /** As this thread built it. */
  readonly jobGraph: JobGraph;
  /** Of the main thread. */
  readonly configuration: Configuration;
  readonly options: Omit<LocalDeploymentOptions, 'checkpointStreams'>;
  readonly checkpointStreams: WorkerCheckpointStreams;
  readonly reportIntervalMs: number;
  /** Accumulators may be large: they come less often. */
  readonly heartbeatIntervalMs: number;
}

interface Attempt {
  readonly number: number;
  readonly executor: TaskExecutor;
}

export class TaskManagerServer {
  private readonly parts: TaskManagerServerParts;
  private readonly clock: Clock;
  private readonly sinkEvents = new Map<number, () => void>();
  private lastSinkEvent = 0;
  private current: Attempt | undefined;

  constructor(parts: TaskManagerServerParts) {
    this.parts = parts;
    this.clock = parts.options.clock;
  }

  /** From now on this thread does what the JobManager says, until that ends it. */
  register(): void {
    const { thread, jobGraph } = this.parts;
    thread.start.port.on('message', (message: ToTaskManager) => this.handle(message));
    thread.send({ kind: 'registered', facts: jobGraphFacts(jobGraph) });
    this.scheduleReport();
  }

  private handle(message: ToTaskManager): void {
    switch (message.kind) {
      case 'deploy':
        void this.deploy(message.attempt, message);
        return;
      case 'savepoint':
        this.parts.checkpointStreams.announce(message.checkpointId, message.directory);
        return;
      case 'merge':
        this.merge(message);
        return;
      case 'close':
        void this.close();
        return;
      case 'sink-event-taken':
        this.sinkEvents.get(message.event)?.();
        this.sinkEvents.delete(message.event);
        return;
      default:
        this.handleOfAttempt(message);
    }
  }

  private handleOfAttempt(
    message: Extract<ToTaskManager, { readonly kind: 'run' | 'stop' | 'cancel' | 'tell' }>,
  ): void {
    const { current } = this;
    if (current === undefined || current.number !== message.attempt) {
      return;
    }
    const { executor } = current;
    switch (message.kind) {
      case 'run':
        void this.answer('ran', current, () => executor.run());
        return;
      case 'stop':
        executor.stop();
        return;
      case 'cancel':
        void this.answer('canceled', current, () => executor.cancel());
        return;
      case 'tell': {
        const { method, args } = message.tell;
        // One union of methods and arguments that belong together; the compiler sees two.
        (executor[method] as (...all: unknown[]) => void)(...args);
      }
    }
  }

  private async deploy(
    number: number,
    { share, channels }: Extract<ToTaskManager, { readonly kind: 'deploy' }>,
  ): Promise<void> {
    const { thread, options, checkpointStreams } = this.parts;
    const { slot, pulse } = thread.start;
    thread.earlyOutput.release();
    const jobGraph = this.adopt(share);
    const assignment = new SlotAssignment(jobGraph);
    const { clock } = this;
    try {
      const executor = new TaskExecutor(
        {
          ...options,
          stateBackendMemoryOfSlotBytes: options.stateBackendMemoryOfSlot(jobGraph),
          checkpointStreams: (barrier) => checkpointStreams.streams(barrier),
          sendToSinkCoordinator: (operatorId, subtask, event) =>
            this.sendSinkEvent(number, { operatorId, subtask, event }),
          pulse: new LoopPulse(pulse),
        },
        { ...share, restored: reviveStateHandles(share.restored), jobGraph },
        workerJobMaster((said) => thread.send({ kind: 'said', attempt: number, said })),
        openSlotNetwork(channels, slot, {
          jobGraph,
          assignment,
          configuration: this.parts.configuration,
          clock,
        }),
      );
      this.current = { number, executor };
    } catch (error) {
      this.current = undefined;
      this.tell('initialized', { number, error });
      return;
    }
    const { current } = this;
    await this.answer('initialized', current, () => current.executor.initialize());
  }

  /** The graph as this attempt runs it. */
  private adopt({ vertices }: SlotShare): JobGraph {
    const byId = new Map(vertices.map((vertex) => [vertex.id, vertex]));
    const parallelism = new Map(vertices.map((vertex) => [vertex.id, vertex.parallelism]));
    const jobGraph = withParallelism(this.parts.jobGraph, parallelism);
    return {
      ...jobGraph,
      vertices: jobGraph.vertices.map((vertex) => ({
        ...vertex,
        maxParallelism: byId.get(vertex.id)?.maxParallelism ?? vertex.maxParallelism,
      })),
    };
  }

  /** What the backend keeps on this machine goes with the job. */
  private async close(): Promise<void> {
    const { thread, options } = this.parts;
    try {
      await options.stateBackend.close?.();
    } catch (error) {
      options.warn(`closing the state backend failed: ${errorMessage(error)}`);
    }
    await flushOutput();
    thread.send({ kind: 'closed' });
  }

  private async answer(
    kind: 'initialized' | 'ran' | 'canceled',
    { number }: Attempt,
    act: () => Promise<void>,
  ): Promise<void> {
    try {
      await act();
      await flushOutput();
      this.tell(kind, { number });
    } catch (error) {
      await flushOutput();
      this.tell(kind, { number, error });
    }
  }

  private tell(
    kind: 'initialized' | 'ran' | 'canceled',
    { number, error }: { readonly number: number; readonly error?: unknown },
  ): void {
    this.parts.thread.send({
      kind,
      attempt: number,
      error: error === undefined ? undefined : encodeError(error),
      report: this.report({ withAccumulators: true }),
    });
  }

  private report({ withAccumulators }: { readonly withAccumulators: boolean }): SlotReport {
    const executor = this.current?.executor;
    return {
      accumulators: withAccumulators
        ? (executor?.accumulators().map(encodeAccumulators) ?? [])
        : undefined,
      taskDetails: executor?.taskDetails() ?? [],
      queryableStates: executor?.queryableStates() ?? [],
      metrics: plainMetrics(executor?.metrics() ?? []),
    };
  }

  private scheduleReport(sinceAccumulatorsMs = 0): void {
    const { thread, reportIntervalMs, heartbeatIntervalMs } = this.parts;
    this.clock.setTimer(reportIntervalMs, () => {
      const attempt = this.current?.number ?? -1;
      const elapsedMs = sinceAccumulatorsMs + reportIntervalMs;
      const withAccumulators = elapsedMs >= heartbeatIntervalMs;
      thread.send({ kind: 'report', attempt, report: this.report({ withAccumulators }) });
      this.scheduleReport(withAccumulators ? 0 : elapsedMs);
    });
  }

  private sendSinkEvent(
    attempt: number,
    message: { readonly operatorId: string; readonly subtask: number; readonly event: unknown },
  ): Promise<void> {
    const id = this.lastSinkEvent++;
    const sent: FromTaskManager = { kind: 'sink-event', attempt, id, ...message };
    return new Promise((resolve, reject) => {
      try {
        this.parts.thread.send(sent);
      } catch (error) {
        reject(notCloneable(message.operatorId, this.parts.jobGraph, error));
        return;
      }
      this.sinkEvents.set(id, resolve);
    });
  }

  private merge({ request, parts }: Extract<ToTaskManager, { readonly kind: 'merge' }>): void {
    const { thread } = this.parts;
    try {
      const value = mergeForeignParts(parts, this.current?.executor.accumulators() ?? []);
      thread.send({ kind: 'merged', request, value, error: undefined });
    } catch (error) {
      thread.send({ kind: 'merged', request, value: undefined, error: encodeError(error) });
    }
  }
}

/** A gauge of the program may give anything; what no other thread can have is passed over. */
function plainMetrics(metrics: readonly MetricDump[]): readonly MetricDump[] {
  return metrics.filter(
    (metric) =>
      metric.type !== 'gauge' ||
      (typeof metric.value !== 'object' && typeof metric.value !== 'function'),
  );
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
