/**
 * In a worker thread: runs the share of one slot of a job, attempt after attempt, as the JobManager
 * says. Where regions of the job fail alone, each is deployed by itself and has attempts of its own.
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
import { stateIsGone } from './asked-states.ts';
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

/** Where its numbers cannot be told. */
const NO_REPORT: SlotReport = {
  accumulators: undefined,
  taskDetails: [],
  queryableStates: [],
};

export class TaskManagerServer {
  private readonly parts: TaskManagerServerParts;
  private readonly clock: Clock;
  private readonly sinkEvents: SinkEvents;
  /** Those that are not over, by their numbers. */
  private readonly attempts = new Map<number, TaskExecutor>();
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
    message: Extract<
      ToTaskManager,
      { readonly kind: 'run' | 'stop' | 'cancel' | 'tell' | 'query-state' }
    >,
  ): void {
    const { attempt } = message;
    const executor = this.attempts.get(attempt);
    if (executor === undefined) {
      if (message.kind === 'cancel') {
        this.tell('canceled', attempt);
      } else if (message.kind === 'query-state') {
        void this.answerState(undefined, message);
      }
      return;
    }
    switch (message.kind) {
      case 'run':
        void this.answer('ran', attempt, () => executor.run());
        return;
      case 'stop':
        executor.stop();
        return;
      case 'cancel':
        void this.cancel(attempt, executor);
        return;
      case 'query-state':
        void this.answerState(executor, message);
        return;
      case 'tell': {
        const { method, args } = message.tell;
        // One union of methods and arguments that belong together; the compiler sees two.
        (executor[method] as (...all: unknown[]) => void)(...args);
      }
    }
  }

  private async answerState(
    executor: TaskExecutor | undefined,
    asked: Extract<ToTaskManager, { readonly kind: 'query-state' }>,
  ): Promise<void> {
    const { attempt, request, task, query } = asked;
    const about = { kind: 'state-answered', attempt, request } as const;
    const { thread } = this.parts;
    try {
      if (executor === undefined) {
        throw stateIsGone();
      }
      const answer = await executor.queryState(task, query);
      thread.send({ ...about, answer, error: undefined });
    } catch (error) {
      thread.send({ ...about, answer: undefined, error: encodeError(error) });
    }
  }

  private async deploy(
    number: number,
    { share, channels }: Extract<ToTaskManager, { readonly kind: 'deploy' }>,
  ): Promise<void> {
    this.parts.thread.earlyOutput.release();
    let executor: TaskExecutor;
    try {
      executor = this.createExecutor(number, { share, channels });
    } catch (error) {
      this.tell('initialized', number, error);
      return;
    }
    this.attempts.set(number, executor);
    await this.answer('initialized', number, () => executor.initialize());
  }

  private async cancel(number: number, executor: TaskExecutor): Promise<void> {
    await this.answer('canceled', number, () => executor.cancel());
    this.sinkEvents.endAttempt(number);
    this.attempts.delete(number);
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
          pulse: new LoopPulse(pulse, number),
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
    attempt: number,
    act: () => Promise<void>,
  ): Promise<void> {
    try {
      await act();
      await flushOutput();
      this.tell(kind, attempt);
    } catch (error) {
      await flushOutput();
      this.tell(kind, attempt, error);
    }
  }

  private tell(kind: 'initialized' | 'ran' | 'canceled', attempt: number, thrown?: unknown): void {
    const error = thrown === undefined ? undefined : encodeError(thrown);
    this.sendNumbers(
      () => ({ kind, attempt, error, report: this.report(attempt, true), metrics: this.metrics() }),
      { kind, attempt, error, report: NO_REPORT, metrics: [] },
    );
  }

  /** @param without - what is sent where they cannot be gathered or sent, of which it warns once */
  private sendNumbers(messageWith: () => FromTaskManager, without: FromTaskManager): void {
    const {
      thread,
      options: { warn },
    } = this.parts;
    try {
      thread.send(messageWith());
    } catch (error) {
      if (!this.hasWarnedOfReport) {
        this.hasWarnedOfReport = true;
        warn(
          `the metrics and accumulators of worker thread ${thread.start.slot + 1} cannot be read: ` +
            `${errorMessage(error)}; let no metric or accumulator of the program throw`,
        );
      }
      thread.send(without);
    }
  }

  private report(attempt: number, withAccumulators: boolean): SlotReport {
    const executor = this.attempts.get(attempt);
    return {
      accumulators: withAccumulators
        ? (executor?.accumulators().map(encodeAccumulators) ?? [])
        : undefined,
      taskDetails: executor?.taskDetails() ?? [],
      queryableStates: executor?.queryableStates() ?? [],
    };
  }

  private metrics() {
    return plainMetrics(this.parts.options.metricRegistry.dump());
  }

  private scheduleReport(sinceAccumulatorsMs = 0): void {
    const { reportIntervalMs, heartbeatIntervalMs } = this.parts;
    this.clock.setTimer(reportIntervalMs, () => {
      const elapsedMs = sinceAccumulatorsMs + reportIntervalMs;
      const withAccumulators = elapsedMs >= heartbeatIntervalMs;
      const reports = () =>
        Array.from(this.attempts.keys(), (attempt) => {
          return [attempt, this.report(attempt, withAccumulators)] as const;
        });
      this.sendNumbers(
        () => ({ kind: 'report', reports: new Map(reports()), metrics: this.metrics() }),
        { kind: 'report', reports: new Map(), metrics: [] },
      );
      this.scheduleReport(withAccumulators ? 0 : elapsedMs);
    });
  }

  private merge({ request, parts }: Extract<ToTaskManager, { readonly kind: 'merge' }>): void {
    const { thread } = this.parts;
    try {
      const own = Array.from(this.attempts.values(), (executor) => executor.accumulators()).flat();
      const value = mergeForeignParts(parts, own);
      thread.send({ kind: 'merged', request, value, error: undefined });
    } catch (error) {
      thread.send({ kind: 'merged', request, value: undefined, error: encodeError(error) });
    }
  }
}
