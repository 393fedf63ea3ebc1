import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MetricDump } from '@millrace/core';
import type { TaskManagerInfo } from '@millrace/runtime';
import { endpointOf } from '../endpoint/gateway-fixture.ts';
import { dumpsOfJob } from '../metrics/metrics-fixture.ts';

const MIB = 1024 * 1024;

const MANAGER = {
  ...{ id: 'local', host: 'localhost', endpoint: 'localhost:0', slotsNumber: 4, freeSlots: 2 },
  allocatedSlots: [{ jobId: 'a' }, { jobId: 'a' }],
  lastHeartbeatMs: 1795255629523,
  hardware: {
    ...{
      cpuCores: 2,
      physicalMemoryBytes: 24e9,
      freeMemoryBytes: 1e9,
      managedMemoryBytes: 128 * MIB,
    },
  },
  memoryConfiguration: {
    ...{ taskHeapBytes: 384 * MIB, networkMemoryBytes: 64 * MIB, managedMemoryBytes: 128 * MIB },
  },
} as unknown as TaskManagerInfo;

describe('task managers over REST', () => {
  it('have the fields of real Flink, resources in MiB', async () => {
    const { app } = endpointOf({ taskManagers: async () => [MANAGER] });

    const [manager] = (await app.inject('/taskmanagers')).json().taskmanagers;

    assert.deepEqual(manager.totalResource, {
      ...{ cpuCores: 2, taskHeapMemory: 384, taskOffHeapMemory: 0, managedMemory: 128 },
      ...{ networkMemory: 64, extendedResources: {} },
    });
    assert.equal(manager.freeResource.taskHeapMemory, 192);
    assert.deepEqual(
      Object.keys(manager),
      // As they are recorded of Flink 1.20.5.
      [
        'id',
        'path',
        'dataPort',
        'jmxPort',
        'timeSinceLastHeartbeat',
        'slotsNumber',
        'freeSlots',
      ].concat(['totalResource', 'freeResource', 'hardware', 'memoryConfiguration']),
    );
  });

  it('have slots, memory and garbage collections of one that there is', async () => {
    const { app } = endpointOf({
      taskManagers: async () => [MANAGER],
      metrics: async () => [
        ...dumpsOfJob(),
        gauge('Status.JVM.Memory.Heap', 'Used', 5000),
        gauge('Status.JVM.GarbageCollector.All', 'Count', 3),
        gauge('Status.JVM.GarbageCollector.All', 'Time', 25),
      ],
    });

    const body = (await app.inject('/taskmanagers/local')).json();

    assert.equal(body.allocatedSlots[0].resource.taskHeapMemory, 96);
    assert.equal(body.metrics.heapUsed, 5000);
    assert.deepEqual(body.metrics.garbageCollectors, [{ name: 'All', count: 3, time: 25 }]);
    assert.equal((await app.inject('/taskmanagers/other')).statusCode, 404);
  });
});

function gauge(infix: string, name: string, value: number): MetricDump {
  return {
    type: 'gauge',
    ...{ value, infix, name, identifier: name, variables: { tm_id: 'local' } },
    logicalScope: `taskmanager.${infix}`,
  };
}
