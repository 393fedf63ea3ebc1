import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Configuration, type MetricDump } from '@millrace/core';
import { allocateDoorbells } from '../network/ring/doorbell.ts';
import { openExchanges, RingExchange } from '../network/ring/ring-exchange.ts';
import { openRing } from '../network/ring/ring-fixture.ts';
import { ProcessMetrics } from './process-metrics.ts';

const NUMBERS = {
  taskManagers: 3,
  slotsTotal: 4,
  slotsAvailable: 1,
  runningJobs: 2,
  usesManagedMemory: true,
};

/** Of `GET /taskmanagers/:id/metrics` of Flink 1.20.5. */
const NAMES_OF_FLINK: readonly string[] = `
  Status.Flink.Memory.Managed.Total
  Status.Flink.Memory.Managed.Used
  Status.JVM.CPU.Load
  Status.JVM.CPU.Time
  Status.JVM.ClassLoader.ClassesLoaded
  Status.JVM.ClassLoader.ClassesUnloaded
  Status.JVM.GarbageCollector.All.Count
  Status.JVM.GarbageCollector.All.Time
  Status.JVM.GarbageCollector.All.TimeMsPerSecond
  Status.JVM.GarbageCollector.MarkSweepCompact.Count
  Status.JVM.GarbageCollector.MarkSweepCompact.Time
  Status.JVM.GarbageCollector.MarkSweepCompact.TimeMsPerSecond
  Status.JVM.Memory.Direct.Count
  Status.JVM.Memory.Direct.MemoryUsed
  Status.JVM.Memory.Direct.TotalCapacity
  Status.JVM.Memory.Heap.Committed
  Status.JVM.Memory.Heap.Max
  Status.JVM.Memory.Heap.Used
  Status.JVM.Memory.Mapped.Count
  Status.JVM.Memory.Mapped.MemoryUsed
  Status.JVM.Memory.Mapped.TotalCapacity
  Status.JVM.Memory.Metaspace.Committed
  Status.JVM.Memory.Metaspace.Max
  Status.JVM.Memory.Metaspace.Used
  Status.JVM.Memory.NonHeap.Committed
  Status.JVM.Memory.NonHeap.Max
  Status.JVM.Memory.NonHeap.Used
  Status.JVM.Threads.Count
  Status.Network.AvailableMemorySegments
  Status.Network.TotalMemorySegments
  Status.Shuffle.Netty.AvailableMemory
  Status.Shuffle.Netty.AvailableMemorySegments
  Status.Shuffle.Netty.RequestedMemoryUsage
  Status.Shuffle.Netty.TotalMemory
  Status.Shuffle.Netty.TotalMemorySegments
  Status.Shuffle.Netty.UsedMemory
  Status.Shuffle.Netty.UsedMemorySegments
`
  .trim()
  .split(/\s+/);

describe('metrics of the process', () => {
  it('are under the scopes of the job manager and the local task manager, as they are configured', () => {
    const metrics = new ProcessMetrics(
      new Configuration({ 'metrics.scope.jm': 'here.<host>', 'metrics.scope.tm': 'tm.<tm_id>' }),
    );

    const identifiers = metrics.dump().map(({ identifier }) => identifier);

    assert.ok(identifiers.includes('tm.local.Status.JVM.Memory.Heap.Used'));
    assert.ok(identifiers.some((each) => /^here\..+\.numRunningJobs$/.test(each)));
    assert.ok(!identifiers.some((each) => each.endsWith('local.numRunningJobs')));
  });

  it('tell of the cluster what the Dispatcher knows', () => {
    const metrics = new ProcessMetrics(new Configuration());
    metrics.update(NUMBERS);

    const values = valuesOf(metrics.dump(), 'jobmanager');

    assert.deepEqual(
      ['numRegisteredTaskManagers', 'numRunningJobs', 'taskSlotsTotal', 'taskSlotsAvailable'].map(
        (name) => values.get(name),
      ),
      [3, 2, 4, 1],
    );
  });

  it('have heap, processor time, threads and garbage collection of this process', () => {
    const metrics = new ProcessMetrics(new Configuration());
    const before = valuesOf(metrics.dump(), 'taskmanager.Status.JVM');

    const held = Array.from({ length: 200_000 }, (_, index) => ({ index }));
    const after = valuesOf(metrics.dump(), 'taskmanager.Status.JVM');

    const of = (values: typeof after, name: string) => values.get(name) as number;
    assert.ok(of(after, 'CPU.Time') > of(before, 'CPU.Time'));
    assert.ok(of(after, 'Memory.Heap.Used') > 5e6, `${held.length}`);
    assert.ok(of(after, 'Memory.Heap.Used') <= of(after, 'Memory.Heap.Committed'));
    assert.ok(of(after, 'Threads.Count') >= 1);
    assert.equal(typeof of(after, 'GarbageCollector.All.Count'), 'number');
  });

  it('have managed memory as it is configured, all of it used once a backend has it', () => {
    const metrics = new ProcessMetrics(
      new Configuration({ 'taskmanager.memory.managed.size': '64mb' }),
    );
    const used = () =>
      valuesOf(metrics.dump(), 'taskmanager.Status.Flink.Memory.Managed').get('Used');

    const before = used();
    metrics.update(NUMBERS);

    assert.deepEqual([before, used()], [0, 64 * 1024 * 1024]);
  });

  it('have the buffers of all rings that this thread receives from, until they are closed', () => {
    const metrics = new ProcessMetrics(new Configuration());
    const { writer, reader } = openRing({
      size: { segmentSizeBytes: 8192, segments: 10 },
      channelCapacity: 1,
      bufferTimeoutMs: 0,
    });
    const exchange = new RingExchange({
      ...{ slot: 0, doorbells: allocateDoorbells(1), bufferTimeoutMs: 0 },
      clock: { now: () => 0, setTimer: () => ({ cancel: () => {} }) } as never,
    });
    exchange.readers.push(reader as never);
    writer.push('x'.repeat(9000) as never, 0);
    writer.poll(1);
    const shuffle = () => valuesOf(metrics.dump(), 'taskmanager.Status.Shuffle.Netty');

    const open = shuffle();
    exchange.close();

    assert.equal(open.get('TotalMemorySegments'), 10);
    assert.equal(open.get('UsedMemorySegments'), 2);
    assert.equal(open.get('AvailableMemorySegments'), 8);
    assert.ok((open.get('UsedMemory') as number) > 9000);
    assert.equal(shuffle().get('TotalMemorySegments'), 0);
    assert.equal(openExchanges.size, 0);
  });

  it('have every name that real Flink registers of a task manager, but for its own collectors', () => {
    const names = valuesOf(new ProcessMetrics(new Configuration()).dump(), 'taskmanager');

    const missing = NAMES_OF_FLINK.filter((name) => !names.has(name));

    assert.deepEqual(missing, []);
  });
});

/** By the name below a scope, of gauges and the rates of meters. */
function valuesOf(dumps: readonly MetricDump[], scope: string): Map<string, unknown> {
  return new Map(
    dumps.flatMap((dump) => {
      const path = `${dump.logicalScope}.${dump.name}`;
      return path.startsWith(`${scope}.`)
        ? [
            [
              path.slice(scope.length + 1),
              dump.type === 'meter' ? dump.rate : 'value' in dump ? dump.value : undefined,
            ],
          ]
        : [];
    }),
  );
}
