/**
 * The slots of one attempt of a job, on worker threads: each region is deployed on its own to those that
 * hold tasks of it, and has its own rings and messages.
 *
 * Invariants:
 * - Each deployment has a number of its own, and nothing that is said of another one reaches it.
 * - What a former attempt of a region gathered in accumulators does not count any more.
 */
import type { Clock, Configuration, SinkCoordinator } from '@millrace/core';
import type { OperatorSubtaskRestore, StateAssignment } from '@millrace/state';
import type { SubtaskAddress } from '../../checkpoint/checkpoint-coordinator-gateway.ts';
import { subtaskKey } from '../../checkpoint/checkpoint-plan.ts';
import type { JobGraph } from '../../graph/job-graph.ts';
import type { DeployedSlots } from '../../jobmanager/region-execution.ts';
import type { JobMasterGateway, SlotDeployment } from '../../taskmanager/task-executor-gateway.ts';
import type { SlotAssignment } from '../slot-assignment.ts';
import { ForeignAccumulators } from './foreign-accumulators.ts';
import { RemoteTaskExecutor } from './remote-task-executor.ts';
import { SlotChannelAllocator, type SlotChannels } from './slot-channels.ts';
import type { TaskManagerPool } from './task-manager-pool.ts';
import type { SlotShare } from './worker-messages.ts';

export interface RegionSlotsOptions {
  readonly jobGraph: JobGraph;
  readonly assignment: SlotAssignment;
  readonly configuration: Configuration;
  readonly clock: Clock;
  readonly pool: TaskManagerPool;
  /** By operator id. */
  readonly sinkCoordinators: ReadonlyMap<string, SinkCoordinator>;
  /** 0: never. */
  readonly cancellationTimeoutMs: number;
  /** Of the next deployment: no other one of the job has it. */
  nextAttempt(): number;
  directoryOfSavepoint(checkpointId: number): string | undefined;
  taskManagerIdOf(slot: number): string;
  warn(message: string): void;
}

/** One region, as it is deployed to one slot. */
interface RegionShare {
  readonly slot: number;
  readonly attempt: number;
  readonly channels: SlotChannels;
  readonly deployment: SlotDeployment;
  readonly jobMaster: JobMasterGateway;
  announce(checkpointId: number): void;
  ended(): Promise<void>;
}

export class RegionSlots {
  private readonly options: RegionSlotsOptions;
  private readonly channels: SlotChannelAllocator;
  private readonly foreignAccumulators: ForeignAccumulators;
  /** Of the newest attempt of each region, by its first task: those that run it. */
  private readonly regions = new Map<
    string,
    { readonly attempt: number; readonly executors: ReadonlyMap<number, RemoteTaskExecutor> }
  >();

  /** @throws ConfigError `INSUFFICIENT_NETWORK_BUFFERS`, `CONFIG_VALUE_INVALID` */
  constructor(options: RegionSlotsOptions) {
    const { jobGraph, assignment, configuration, pool } = options;
    this.options = options;
    this.channels = new SlotChannelAllocator(jobGraph, assignment, configuration);
    this.foreignAccumulators = new ForeignAccumulators((slots, parts) => pool.merge(slots, parts));
  }

  deploy(jobMaster: JobMasterGateway, deployment: SlotDeployment): DeployedSlots {
    const { assignment } = this.options;
    const attempt = this.options.nextAttempt();
    const executors = new Map<number, RemoteTaskExecutor>();
    this.replace(deployment.tasks, { attempt, executors });
    const channels = this.channels.allocate(deployment.tasks);
    const announce = this.announcing(executors);
    let running = channels.size;
    const ended = async (): Promise<void> => {
      running--;
      await (running === 0 ? this.foreignAccumulators.settle() : undefined);
    };
    for (const [slot, own] of channels) {
      const share = { slot, attempt, channels: own, deployment, jobMaster, announce, ended };
      executors.set(slot, this.executor(share));
    }
    return {
      executors: [...executors.values()],
      executorOf: (task) => executors.get(assignment.slotOf(task)) as RemoteTaskExecutor,
      taskManagerIdOf: (task) => this.options.taskManagerIdOf(assignment.slotOf(task)),
    };
  }

  /** For messages: by its index among those that the slot runs of a deployment. */
  task(slot: number, attempt: number, index: number): SubtaskAddress | undefined {
    const region = [...this.regions.values()].find((each) => each.attempt === attempt);
    return region?.executors.get(slot)?.taskDetails()[index]?.task;
  }

  private replace(
    tasks: SlotDeployment['tasks'],
    next: {
      readonly attempt: number;
      readonly executors: ReadonlyMap<number, RemoteTaskExecutor>;
    },
  ): void {
    const key = tasks?.[0] === undefined ? '' : subtaskKey(tasks[0]);
    const former = this.regions.get(key);
    if (former !== undefined) {
      this.foreignAccumulators.forget(former.attempt);
    }
    this.regions.set(key, next);
  }

  /** Before the first barrier of a savepoint: where each slot writes its part of it. */
  private announcing(executors: ReadonlyMap<number, RemoteTaskExecutor>): RegionShare['announce'] {
    const announced = new Set<number>();
    return (checkpointId) => {
      const directory = this.options.directoryOfSavepoint(checkpointId);
      if (directory !== undefined && !announced.has(checkpointId)) {
        announced.add(checkpointId);
        for (const executor of executors.values()) {
          executor.announceSavepoint(checkpointId, directory);
        }
      }
    };
  }

  private executor(region: RegionShare): RemoteTaskExecutor {
    const { assignment, clock, pool, sinkCoordinators, cancellationTimeoutMs, warn } = this.options;
    const { slot, attempt, channels, jobMaster, ended } = region;
    return new RemoteTaskExecutor({
      ...{ slot, attempt, channels, clock, jobMaster, ended, warn },
      ...{ sinkCoordinators, cancellationTimeoutMs },
      share: shareOf(slot, assignment, region.deployment),
      foreignAccumulators: this.foreignAccumulators,
      worker: () => pool.workerOf(slot),
      announce: ({ checkpointId }) => region.announce(checkpointId),
    });
  }
}

/** Only what is for its tasks: the others restore theirs. */
function shareOf(
  slot: number,
  assignment: SlotAssignment,
  { jobInfo, jobGraph, attemptNumber, restored, tasks }: SlotDeployment,
): SlotShare {
  const own = tasks?.filter((task) => assignment.slotOf(task) === slot);
  const ofRegion = own && new Set(own.map(subtaskKey));
  const isOwn = (task: SubtaskAddress) =>
    ofRegion?.has(subtaskKey(task)) ?? assignment.slotOf(task) === slot;
  return {
    jobInfo,
    attemptNumber,
    tasks: own,
    vertices: jobGraph.vertices.map(({ id, parallelism, maxParallelism }) => ({
      id,
      parallelism,
      maxParallelism,
    })),
    restored: restored && {
      ...restored,
      assignment: statesOf(restored.assignment, jobGraph, isOwn),
    },
  };
}

function statesOf(
  states: StateAssignment,
  { vertices }: JobGraph,
  isOwn: (task: SubtaskAddress) => boolean,
): StateAssignment {
  const vertexOf = new Map(
    vertices.flatMap(({ id, operators }) => operators.map(({ operatorId }) => [operatorId, id])),
  );
  return new Map(
    Array.from(states, ([operatorId, restore]) => {
      const vertexId = vertexOf.get(operatorId) ?? '';
      const subtasks = restore.subtasks.map((state, subtask) =>
        isOwn({ vertexId, subtask }) ? state : NO_STATE,
      );
      return [operatorId, { ...restore, coordinatorState: undefined, subtasks }];
    }),
  );
}

const NO_STATE: OperatorSubtaskRestore = {
  managedKeyedState: [],
  managedOperatorState: [],
  rawOperatorState: [],
};
