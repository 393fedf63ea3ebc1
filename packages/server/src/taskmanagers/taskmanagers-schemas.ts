/** What is told of task managers. */
import { Type } from 'typebox';
import { Double, Int, Long } from '../schema/values.ts';

/** Memory in MiB. Flink: ResourceProfileInfo. */
const ResourceProfileInfo = Type.Object(
  {
    cpuCores: Double(),
    taskHeapMemory: Int(),
    taskOffHeapMemory: Int(),
    managedMemory: Int(),
    networkMemory: Int(),
    extendedResources: Type.Object({}),
  },
  { title: 'ResourceProfileInfo' },
);

const properties = {
  id: Type.String(),
  path: Type.String(),
  dataPort: Int(),
  jmxPort: Int(),
  timeSinceLastHeartbeat: Long(),
  slotsNumber: Int(),
  freeSlots: Int(),
  totalResource: ResourceProfileInfo,
  freeResource: ResourceProfileInfo,
  hardware: Type.Object({
    cpuCores: Int(),
    physicalMemory: Long(),
    freeMemory: Long(),
    managedMemory: Long(),
  }),
  memoryConfiguration: Type.Object({
    frameworkHeap: Long(),
    taskHeap: Long(),
    frameworkOffHeap: Long(),
    taskOffHeap: Long(),
    networkMemory: Long(),
    managedMemory: Long(),
    jvmMetaspace: Long(),
    jvmOverhead: Long(),
    totalFlinkMemory: Long(),
    totalProcessMemory: Long(),
  }),
};

export const TaskManagersInfo = Type.Object(
  { taskmanagers: Type.Array(Type.Object(properties)) },
  { title: 'TaskManagersInfo' },
);

export const METRIC_FIELDS = [
  ['heapUsed', 'Status.JVM.Memory.Heap.Used'],
  ['heapCommitted', 'Status.JVM.Memory.Heap.Committed'],
  ['heapMax', 'Status.JVM.Memory.Heap.Max'],
  ['nonHeapUsed', 'Status.JVM.Memory.NonHeap.Used'],
  ['nonHeapCommitted', 'Status.JVM.Memory.NonHeap.Committed'],
  ['nonHeapMax', 'Status.JVM.Memory.NonHeap.Max'],
  ['directCount', 'Status.JVM.Memory.Direct.Count'],
  ['directUsed', 'Status.JVM.Memory.Direct.MemoryUsed'],
  ['directMax', 'Status.JVM.Memory.Direct.TotalCapacity'],
  ['mappedCount', 'Status.JVM.Memory.Mapped.Count'],
  ['mappedUsed', 'Status.JVM.Memory.Mapped.MemoryUsed'],
  ['mappedMax', 'Status.JVM.Memory.Mapped.TotalCapacity'],
  ['memorySegmentsAvailable', 'Status.Network.AvailableMemorySegments'],
  ['memorySegmentsTotal', 'Status.Network.TotalMemorySegments'],
  ['nettyShuffleMemorySegmentsAvailable', 'Status.Shuffle.Netty.AvailableMemorySegments'],
  ['nettyShuffleMemorySegmentsUsed', 'Status.Shuffle.Netty.UsedMemorySegments'],
  ['nettyShuffleMemorySegmentsTotal', 'Status.Shuffle.Netty.TotalMemorySegments'],
  ['nettyShuffleMemoryAvailable', 'Status.Shuffle.Netty.AvailableMemory'],
  ['nettyShuffleMemoryUsed', 'Status.Shuffle.Netty.UsedMemory'],
  ['nettyShuffleMemoryTotal', 'Status.Shuffle.Netty.TotalMemory'],
] as const;

export const TaskManagerDetailsInfo = Type.Object(
  {
    ...properties,
    allocatedSlots: Type.Array(
      Type.Object({ jobId: Type.String(), resource: ResourceProfileInfo }),
    ),
    metrics: Type.Object({
      ...(Object.fromEntries(METRIC_FIELDS.map(([field]) => [field, Long()])) as Record<
        (typeof METRIC_FIELDS)[number][0],
        ReturnType<typeof Long>
      >),
      garbageCollectors: Type.Array(
        Type.Object({ name: Type.String(), count: Long(), time: Long() }),
      ),
    }),
  },
  { title: 'TaskManagerDetailsInfo' },
);
