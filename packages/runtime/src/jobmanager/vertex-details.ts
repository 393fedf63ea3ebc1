/**
 * What `JobClient.details` shows of a vertex, put together from its subtasks.
 *
 * Flink: JobDetailsHandler, JobVertexBackPressureHandler.
 */
import { createHash } from 'node:crypto';
import { MIN_TIMESTAMP } from '@millrace/core';
import type { JobVertexDetails } from '../gateway/job-details.ts';
import type { JobVertex } from '../graph/job-graph.ts';
import { shipStrategy } from '../graph/job-plan.ts';
import type { TaskDetails } from '../taskmanager/task-executor-gateway.ts';

const LOW_BACK_PRESSURE_RATIO_MAX = 0.5;
const NO_BACK_PRESSURE_RATIO_MAX = 0.1;

/** @param tasks - those of the vertex that are deployed */
export function vertexDetails(vertex: JobVertex, tasks: readonly TaskDetails[]): JobVertexDetails {
  const loads = tasks.map(({ load }) => load);
  const backPressuredRatioMax = largest(loads.map((load) => load.backPressuredRatio));
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
    operators: vertex.operators.map(({ operatorId, uid, name }, index) => ({
      operatorId,
      uid,
      name,
      numRecordsIn: sum(tasks.map(({ operators }) => operators[index]!.numRecordsIn)),
      numRecordsOut: sum(tasks.map(({ operators }) => operators[index]!.numRecordsOut)),
    })),
    currentInputWatermark:
      tasks.length === 0
        ? MIN_TIMESTAMP
        : Math.min(...tasks.map(({ currentInputWatermark }) => currentInputWatermark)),
    numRecordsIn: sum(loads.map((load) => load.numRecordsIn)),
    numRecordsOut: sum(loads.map((load) => load.numRecordsOut)),
    numBytesIn: sum(loads.map((load) => load.numBytesIn)),
    numBytesOut: sum(loads.map((load) => load.numBytesOut)),
    busyRatioMax: largest(loads.map((load) => load.busyRatio)),
    idleRatioMax: largest(loads.map((load) => load.idleRatio)),
    backPressuredRatioMax,
    backPressureLevel: backPressureLevel(backPressuredRatioMax),
    accumulatedBusyTimeMs: sum(loads.map((load) => load.accumulatedBusyTimeMs)),
    accumulatedIdleTimeMs: sum(loads.map((load) => load.accumulatedIdleTimeMs)),
    accumulatedBackPressuredTimeMs: sum(loads.map((load) => load.accumulatedBackPressuredTimeMs)),
    accumulators: [],
    subtasks: tasks
      .map(({ task, currentInputWatermark, load }) => ({
        subtask: task.subtask,
        attempt: undefined,
        state: undefined,
        stateTimestamps: {},
        taskManagerId: undefined,
        endpoint: undefined,
        currentInputWatermark,
        ...load,
        accumulators: [],
        earlierAttempts: [],
      }))
      .sort((a, b) => a.subtask - b.subtask),
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
