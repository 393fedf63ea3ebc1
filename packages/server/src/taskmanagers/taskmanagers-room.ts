/** Where tasks run: the process, or its worker threads. Flink: TaskManagersHandler, TaskManagerDetailsHandler. */
import type { TaskManagerInfo } from '@millrace/runtime';
import { RestError } from '../http/rest-error.ts';
import type { RestRoom } from '../http/rest-room.ts';
import { metricFetcherOf } from '../metrics/metric-fetcher.ts';
import type { ComponentMetrics } from '../metrics/metric-store.ts';
import { TaskManagerParameters } from '../metrics/metrics-schemas.ts';
import { METRIC_FIELDS, TaskManagerDetailsInfo, TaskManagersInfo } from './taskmanagers-schemas.ts';

const MEBIBYTE = 1024 * 1024;
const NO_PORT = -1;
const GARBAGE_COLLECTOR = /^Status\.JVM\.GarbageCollector\.([^.]+)\.Count$/;

export const taskManagersRoom: RestRoom = (app, context) => {
  const { cache } = context;
  const fetcher = metricFetcherOf(context);
  const tags = ['task managers'];
  app.get(
    '/taskmanagers',
    {
      schema: {
        ...{ tags, operationId: 'getTaskManagers', summary: 'Where tasks run.' },
        response: { 200: TaskManagersInfo },
      },
    },
    async () => ({ taskmanagers: (await cache.taskManagers()).map(taskManagerInfo) }),
  );
  app.get(
    '/taskmanagers/:taskmanagerid',
    {
      schema: {
        ...{ tags, params: TaskManagerParameters, operationId: 'getTaskManager' },
        summary: 'One task manager, with its memory.',
        response: { 200: TaskManagerDetailsInfo },
      },
    },
    async ({ params: { taskmanagerid } }) => {
      const [managers, store] = await Promise.all([cache.taskManagers(), fetcher.fetch()]);
      const manager = managers.find(({ id }) => id === taskmanagerid);
      if (manager === undefined) {
        throw RestError.notFound(`Could not find TaskExecutor ${taskmanagerid}.`);
      }
      return {
        ...taskManagerInfo(manager),
        allocatedSlots: manager.allocatedSlots.map(({ jobId }) => ({
          jobId,
          resource: resource(manager, 1 / Math.max(1, manager.slotsNumber)),
        })),
        metrics: metricsInfo(store.taskManagers.get(taskmanagerid) ?? new Map()),
      };
    },
  );
};

function taskManagerInfo(manager: TaskManagerInfo) {
  const { id, endpoint, hardware, memoryConfiguration: memory, slotsNumber, freeSlots } = manager;
  const { taskHeapBytes, networkMemoryBytes, managedMemoryBytes } = memory;
  const total = taskHeapBytes + networkMemoryBytes + managedMemoryBytes;
  return {
    id,
    path: `${endpoint}/${id}`,
    dataPort: NO_PORT,
    jmxPort: NO_PORT,
    timeSinceLastHeartbeat: manager.lastHeartbeatMs,
    slotsNumber,
    freeSlots,
    totalResource: resource(manager, 1),
    freeResource: resource(manager, freeSlots / Math.max(1, slotsNumber)),
    hardware: {
      cpuCores: hardware.cpuCores,
      physicalMemory: hardware.physicalMemoryBytes,
      freeMemory: hardware.freeMemoryBytes,
      managedMemory: hardware.managedMemoryBytes,
    },
    memoryConfiguration: {
      ...{ frameworkHeap: 0, taskHeap: taskHeapBytes, frameworkOffHeap: 0, taskOffHeap: 0 },
      ...{ networkMemory: networkMemoryBytes, managedMemory: managedMemoryBytes },
      ...{ jvmMetaspace: 0, jvmOverhead: 0, totalFlinkMemory: total, totalProcessMemory: total },
    },
  };
}

/** @param share - of all that it has, 0 to 1 */
function resource({ hardware, memoryConfiguration }: TaskManagerInfo, share: number) {
  const mebibytes = (bytes: number): number => Math.floor((bytes * share) / MEBIBYTE);
  return {
    cpuCores: hardware.cpuCores * share,
    taskHeapMemory: mebibytes(memoryConfiguration.taskHeapBytes),
    taskOffHeapMemory: 0,
    managedMemory: mebibytes(memoryConfiguration.managedMemoryBytes),
    networkMemory: mebibytes(memoryConfiguration.networkMemoryBytes),
    extendedResources: {},
  };
}

/** What is not known is 0. */
function metricsInfo(metrics: ComponentMetrics) {
  const numberOf = (name: string): number => Number(metrics.get(name) ?? 0);
  const fields = METRIC_FIELDS.map(([field, name]) => [field, numberOf(name)] as const);
  return {
    ...(Object.fromEntries(fields) as Record<(typeof METRIC_FIELDS)[number][0], number>),
    garbageCollectors: [...metrics.keys()].flatMap((key) => {
      const name = GARBAGE_COLLECTOR.exec(key)?.[1];
      return name === undefined
        ? []
        : [{ name, count: numberOf(key), time: numberOf(key.replace(/Count$/, 'Time')) }];
    }),
  };
}
