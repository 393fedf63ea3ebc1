/**
 * In a worker thread: runs the share of one slot of a job, attempt after attempt, as the JobManager
 * says.
 *
 * Invariants:
 * - Messages of an attempt that is over change nothing.
 * - What is asked of an attempt that could not be made is answered: there is nothing to cancel.
 * - Numbers that cannot be told cost neither the attempt nor the sign of life.
 * - What the program wrote has left the thread before the JobManager hears that an attempt has ended:
 *   it may end the thread then.
 */
import { type Clock, type Configuration, encodeError, errorMessage } from '@millrace/core';
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
import { plainMetrics } from './plain-metrics.ts';
import { SinkEvents } from './sink-events.ts';
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

/** Where its numbers cannot be told. */
const NO_REPORT: SlotReport = {
  accumulators: undefined,
  taskDetails: [],
  queryableStates: [],
  metrics: [],
};

export class TaskManagerServer {
  private readonly parts: TaskManagerServerParts;
  private readonly clock: Clock;
  private readonly sinkEvents: SinkEvents;
  private current: Attempt | undefined;
  private hasWarnedOfReport = false;

  constructor(parts: TaskManagerServerParts) {
    this.parts = parts;
    this.clock = parts.options.clock;
    this.sinkEvents = new SinkEvents(parts.jobGraph, (message) => parts.thread.send(message));
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
        this.sinkEvents.taken(message.event);
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
      if (message.kind === 'cancel') {
        this.tell('canceled', { number: message.attempt });
      }
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
    this.parts.thread.earlyOutput.release();
    this.sinkEvents.beginAttempt();
    this.current = undefined;
    try {
      this.current = { number, executor: this.createExecutor(number, { share, channels }) };
    } catch (error) {
      this.tell('initialized', { number, error });
      return;
    }
    const { current } = this;
    await this.answer('initialized', current, () => current.executor.initialize());
  }

  private createExecutor(
    number: number,
    { share, channels }: Pick<Extract<ToTaskManager, { kind: 'deploy' }>, 'share' | 'channels'>,
  ): TaskExecutor {
    const { thread, options, checkpointStreams, configuration } = this.parts;
    const { slot, pulse } = thread.start;
    const jobGraph = this.adopt(share);
    const assignment = new SlotAssignment(jobGraph);
    const { clock } = this;
    const network = openSlotNetwork(channels, slot, { jobGraph, assignment, configuration, clock });
    try {
      return new TaskExecutor(
        {
          ...options,
          stateBackendMemoryOfSlotBytes: options.stateBackendMemoryOfSlot(jobGraph),
          checkpointStreams: (barrier) => checkpointStreams.streams(barrier),
          sendToSinkCoordinator: (operatorId, subtask, event) =>
            this.sinkEvents.send(number, { operatorId, subtask, event }),
          pulse: new LoopPulse(pulse),
        },
        { ...share, restored: reviveStateHandles(share.restored), jobGraph },
        workerJobMaster((said) => thread.send({ kind: 'said', attempt: number, said })),
        network,
      );
    } catch (error) {
      network.exchange.close();
      throw error;
    }
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
    const encoded = error === undefined ? undefined : encodeError(error);
    this.sendReport({ withAccumulators: true }, (report) => ({
      kind,
      attempt: number,
      error: encoded,
      report,
    }));
  }

  /** Without numbers where they cannot be gathered or sent, of which it warns once. */
  private sendReport(
    options: { readonly withAccumulators: boolean },
    messageWith: (report: SlotReport) => FromTaskManager,
  ): void {
    const {
      thread,
      options: { warn },
    } = this.parts;
    try {
      thread.send(messageWith(this.report(options)));
    } catch (error) {
      if (!this.hasWarnedOfReport) {
        this.hasWarnedOfReport = true;
        warn(
          `the metrics and accumulators of worker thread ${thread.start.slot + 1} cannot be read: ` +
            `${errorMessage(error)}; let no metric or accumulator of the program throw`,
        );
      }
      thread.send(messageWith(NO_REPORT));
    }
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
    const { reportIntervalMs, heartbeatIntervalMs } = this.parts;
    this.clock.setTimer(reportIntervalMs, () => {
      const attempt = this.current?.number ?? -1;
      const elapsedMs = sinceAccumulatorsMs + reportIntervalMs;
      const withAccumulators = elapsedMs >= heartbeatIntervalMs;
      this.sendReport({ withAccumulators }, (report) => ({ kind: 'report', attempt, report }));
      this.scheduleReport(withAccumulators ? 0 : elapsedMs);
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
