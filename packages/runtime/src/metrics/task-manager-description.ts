/** What is shown of a thread that runs tasks. Flink: HardwareDescription, TaskExecutorMemoryConfiguration. */
import { availableParallelism, freemem, totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import {
  type Configuration,
  type MetricDump,
  managedMemoryBytes,
  TaskManagerOptions,
} from '@millrace/core';
import type { TaskManagerInfo } from '../gateway/task-manager-info.ts';
import { networkMemoryBytes } from '../network/ring/network-memory.ts';
import { LOCAL_TASK_MANAGER_ID } from '../tasks/create-metric-registry.ts';

export { LOCAL_TASK_MANAGER_ID };

export interface DescribedTaskManager {
  readonly id: string;
  /** `undefined` while no job runs there. */
  readonly jobId: string | undefined;
  readonly configuration: Configuration;
  /** Among how many the memory of the process is dealt out. */
  readonly slotsOfProcess: number;
  readonly slotsNumber: number;
  readonly lastHeartbeatMs: number;
  /** False for the calling thread alone: records stay in it. */
  readonly usesNetwork: boolean;
  readonly heap: TaskManagerInfo['heap'];
}

/**
 * The system is asked at most every `SEEN_MS`: its answer comes from a file that is written for each who
 * reads it. Flink asks it once, when a task manager registers.
 */
class Machine {
  private readonly cpuCores = availableParallelism();
  private readonly physicalMemoryBytes = totalmem();
  private freeMemoryBytes = 0;
  private seenAtMs = Number.NEGATIVE_INFINITY;

  seen(): Omit<TaskManagerInfo['hardware'], 'managedMemoryBytes'> {
    const now = performance.now();
    if (now - this.seenAtMs >= SEEN_MS) {
      this.freeMemoryBytes = freemem();
      this.seenAtMs = now;
    }
    const { cpuCores, physicalMemoryBytes, freeMemoryBytes } = this;
    return { cpuCores, physicalMemoryBytes, freeMemoryBytes };
  }
}

const SEEN_MS = 10_000; // Flink: heartbeat.interval, with which task managers tell what they are.
const machine = new Machine();

/** It runs the tasks of one job, in one slot, or of none. */
export function describeTaskManager(manager: DescribedTaskManager): TaskManagerInfo {
  const { id, configuration, slotsOfProcess, usesNetwork, heap } = manager;
  const share = manager.slotsNumber / slotsOfProcess;
  const managedBytes = Math.floor(managedMemoryBytes(configuration) * share);
  const allocatedSlots = manager.jobId === undefined ? [] : [{ jobId: manager.jobId }];
  return {
    id,
    host: 'localhost',
    endpoint: 'localhost:0',
    slotsNumber: manager.slotsNumber,
    freeSlots: manager.slotsNumber - allocatedSlots.length,
    allocatedSlots,
    lastHeartbeatMs: manager.lastHeartbeatMs,
    hardware: { ...machine.seen(), managedMemoryBytes: managedBytes },
    memoryConfiguration: {
      taskHeapBytes:
        (usesNetwork ? configuration.get(TaskManagerOptions.TASK_HEAP_MEMORY) : undefined) ??
        getHeapStatistics().heap_size_limit,
      networkMemoryBytes: usesNetwork ? Math.floor(networkMemoryBytes(configuration) * share) : 0,
      managedMemoryBytes: managedBytes,
    },
    heap,
  };
}

/** The calling thread, for a job on `local`, or while it waits for one. */
export function localTaskManager(
  jobId: string | undefined,
  configuration: Configuration,
  now: number,
): TaskManagerInfo {
  const slotsNumber = configuration.get(TaskManagerOptions.NUM_TASK_SLOTS) ?? 1;
  return describeTaskManager({
    ...{ id: LOCAL_TASK_MANAGER_ID, jobId, configuration, slotsNumber },
    ...{ slotsOfProcess: slotsNumber, lastHeartbeatMs: now, usesNetwork: false },
    heap: heapOfThread(),
  });
}

function heapOfThread(): TaskManagerInfo['heap'] {
  const { used_heap_size, total_heap_size, heap_size_limit } = getHeapStatistics();
  return {
    usedBytes: used_heap_size,
    committedBytes: total_heap_size,
    maxBytes: heap_size_limit,
  };
}

/** Of a thread that told its metrics; `undefined` before it has. */
export function heapOf(metrics: readonly MetricDump[]): TaskManagerInfo['heap'] {
  const read = (name: string): number | undefined => {
    const dump = metrics.find((each) => each.identifier.endsWith(`Memory.Heap.${name}`));
    return dump?.type === 'gauge' && typeof dump.value === 'number' ? dump.value : undefined;
  };
  const usedBytes = read('Used');
  const committedBytes = read('Committed');
  const maxBytes = read('Max');
  return usedBytes === undefined || committedBytes === undefined || maxBytes === undefined
    ? undefined
    : { usedBytes, committedBytes, maxBytes };
}
