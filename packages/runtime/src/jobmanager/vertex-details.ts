/**
 * What `JobClient.details` shows of a vertex, put together from its subtasks.
 *
 * Flink: JobDetailsHandler, JobVertexDetailsHandler, JobVertexBackPressureHandler.
 */
import { createHash } from 'node:crypto';
import {
  type AccumulatorRegistry,
  MIN_TIMESTAMP,
  type StringifiedAccumulatorResult,
  stringifyAccumulators,
} from '@millrace/core';
import { subtaskKey } from '../checkpoint/checkpoint-plan.ts';
import type { ExecutionDetails, JobVertexDetails, SubtaskDetails } from '../gateway/job-details.ts';
import type { JobVertex } from '../graph/job-graph.ts';
import { shipStrategy } from '../graph/job-plan.ts';
import type { TaskDetails, TaskExecutorGateway } from '../taskmanager/task-executor-gateway.ts';
import type { Execution, Executions } from './executions.ts';

const LOW_BACK_PRESSURE_RATIO_MAX = 0.5;
const NO_BACK_PRESSURE_RATIO_MAX = 0.1;

/** Of all task managers: threads of this process, where nothing listens. */
export const ENDPOINT = 'localhost:0';

/** What a task has counted, plain. */
export interface TaskFigures extends TaskDetails {
  readonly accumulators: readonly StringifiedAccumulatorResult[];
}

/** A task that is deployed, or was last. */
export interface DeployedTask {
  readonly details: TaskDetails;
  readonly accumulators: AccumulatorRegistry | undefined;
}

export function deployedTasks(executors: readonly TaskExecutorGateway[]): DeployedTask[] {
  return executors.flatMap((executor) => {
    const accumulators = executor.accumulators();
    return executor
      .taskDetails()
      .map((details, index) => ({ details, accumulators: accumulators[index] }));
  });
}

export function figuresOf({ details, accumulators }: DeployedTask): TaskFigures {
  return { ...details, accumulators: stringifyAccumulators(accumulators ? [accumulators] : []) };
}

/** @param deployed - of all vertices */
export function vertexDetails(
  vertex: JobVertex,
  executions: Executions,
  deployed: readonly DeployedTask[],
): JobVertexDetails {
  const tasks = deployed.filter(({ details }) => details.task.vertexId === vertex.id);
  const loads = tasks.map(({ details }) => details.load);
  const backPressuredRatioMax = largest(loads.map((load) => load.backPressuredRatio));
  const counts = countsOf(vertex, executions, tasks);
  return {
    ...identityOf(vertex),
    operators: vertex.operators.map(({ operatorId, uid, name }, index) => ({
      operatorId,
      uid,
      name,
      numRecordsIn: sum(counts.map(({ operators }) => operators[index]!.numRecordsIn)),
      numRecordsOut: sum(counts.map(({ operators }) => operators[index]!.numRecordsOut)),
    })),
    currentInputWatermark:
      tasks.length === 0
        ? MIN_TIMESTAMP
        : Math.min(...tasks.map(({ details }) => details.currentInputWatermark)),
    numRecordsIn: sum(counts.map(({ load }) => load.numRecordsIn)),
    numRecordsOut: sum(counts.map(({ load }) => load.numRecordsOut)),
    numBytesIn: sum(counts.map(({ load }) => load.numBytesIn)),
    numBytesOut: sum(counts.map(({ load }) => load.numBytesOut)),
    busyRatioMax: largest(loads.map((load) => load.busyRatio)),
    idleRatioMax: largest(loads.map((load) => load.idleRatio)),
    backPressuredRatioMax,
    backPressureLevel: backPressureLevel(backPressuredRatioMax),
    accumulatedBusyTimeMs: sum(counts.map(({ load }) => load.accumulatedBusyTimeMs)),
    accumulatedIdleTimeMs: sum(counts.map(({ load }) => load.accumulatedIdleTimeMs)),
    accumulatedBackPressuredTimeMs: sum(
      counts.map(({ load }) => load.accumulatedBackPressuredTimeMs),
    ),
    accumulators: stringifyAccumulators(
      tasks.flatMap(({ accumulators }) => (accumulators === undefined ? [] : [accumulators])),
    ),
    subtasks: subtasksOf(vertex, executions, tasks),
  };
}

function identityOf(vertex: JobVertex) {
  return {
    id: vertex.id,
    name: vertex.name,
    parallelism: vertex.parallelism,
    maxParallelism: vertex.maxParallelism,
    slotSharingGroup: vertex.slotSharingGroup,
    slotSharingGroupId: slotSharingGroupId(vertex),
    inputs: vertex.inputs.map((edge) => ({
      sourceVertexId: edge.sourceVertexId,
      shipStrategy: shipStrategy(edge),
    })),
  };
}

/** Of each subtask: live, else the last that were heard. */
function countsOf(
  vertex: JobVertex,
  executions: Executions,
  tasks: readonly DeployedTask[],
): TaskDetails[] {
  const live = new Map(tasks.map(({ details }) => [subtaskKey(details.task), details]));
  return Array.from({ length: vertex.parallelism }, (_, subtask) => {
    const task = { vertexId: vertex.id, subtask };
    return live.get(subtaskKey(task)) ?? executions.executionOf(task)?.figures;
  }).filter((details) => details !== undefined);
}

function subtasksOf(
  vertex: JobVertex,
  executions: Executions,
  tasks: readonly DeployedTask[],
): SubtaskDetails[] {
  const live = new Map(tasks.map((task) => [task.details.task.subtask, task]));
  return Array.from({ length: vertex.parallelism }, (_, subtask) => {
    const address = { vertexId: vertex.id, subtask };
    const execution = executions.executionOf(address)!;
    const task = live.get(subtask);
    const load = task?.details.load;
    return {
      ...executionDetails(execution, task === undefined ? execution.figures : figuresOf(task)),
      busyRatio: load?.busyRatio ?? 0,
      idleRatio: load?.idleRatio ?? 0,
      backPressuredRatio: load?.backPressuredRatio ?? 0,
      waitingForThreadRatio: load?.waitingForThreadRatio ?? 0,
      earlierAttempts: executions
        .earlierOf(address)
        .map((earlier) => executionDetails(earlier, earlier.figures)),
    };
  });
}

function executionDetails(
  { task, attempt, state, stateTimestamps, taskManagerId }: Execution,
  figures: TaskFigures | undefined,
): ExecutionDetails {
  const load = figures?.load;
  return {
    subtask: task.subtask,
    attempt,
    state,
    stateTimestamps: { ...stateTimestamps },
    taskManagerId,
    endpoint: taskManagerId === undefined ? undefined : ENDPOINT,
    currentInputWatermark: figures?.currentInputWatermark ?? MIN_TIMESTAMP,
    numRecordsIn: load?.numRecordsIn ?? 0,
    numRecordsOut: load?.numRecordsOut ?? 0,
    numBytesIn: load?.numBytesIn ?? 0,
    numBytesOut: load?.numBytesOut ?? 0,
    accumulatedBusyTimeMs: load?.accumulatedBusyTimeMs ?? 0,
    accumulatedIdleTimeMs: load?.accumulatedIdleTimeMs ?? 0,
    accumulatedBackPressuredTimeMs: load?.accumulatedBackPressuredTimeMs ?? 0,
    accumulators: figures?.accumulators ?? [],
  };
}

/** By its name; in Flink it is made up for each job. */
function slotSharingGroupId({ slotSharingGroup }: JobVertex): string {
  return createHash('md5').update(slotSharingGroup).digest('hex');
}

function backPressureLevel(ratio: number): 'ok' | 'low' | 'high' {
  if (ratio <= NO_BACK_PRESSURE_RATIO_MAX) {
    return 'ok';
  }
  return ratio <= LOW_BACK_PRESSURE_RATIO_MAX ? 'low' : 'high';
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}

/** 0 of none. */
function largest(numbers: readonly number[]): number {
  return Math.max(0, ...numbers);
}
