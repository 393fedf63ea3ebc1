/**
 * What a thread uses of its machine, under Flink's names for a JVM where the meaning carries over.
 *
 * | Flink | here |
 * |---|---|
 * | Heap | V8's heap of the thread |
 * | NonHeap | memory outside of the heap that objects hold: buffers, and what addons have told V8 of |
 * | Metaspace | compiled code |
 * | Direct | bytes of ArrayBuffers |
 * | Mapped, ClassLoader | 0: Node has nothing like it |
 * | CPU.Load, CPU.Time | of the process; of a worker thread the share of time in which its loop was busy |
 *
 * Beside them, of ours, `Status.Node.EventLoop.*`: how much of the time the loop is busy.
 *
 * Flink: MetricUtils.instantiateStatusMetrics.
 */
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8';
import { isMainThread } from 'node:worker_threads';
import { type GenericMetricGroup, MeterView, type View } from '@millrace/core';
import { GarbageCollection } from './garbage-collection.ts';

const NS_PER_US = 1000;
const UNDEFINED_SIZE = -1; // As a JVM says it.

/** One of a thread, as its collections are counted once. */
const garbageCollection = new GarbageCollection();

/** @param group - of the job manager or the task manager that this thread is */
export function registerJvmMetrics(group: GenericMetricGroup): void {
  const jvm = group.addGroup('Status').addGroup('JVM');
  const load = group.view('jvm-cpu', new LoadView());
  const cpu = jvm.addGroup('CPU');
  cpu.gauge('Load', () => load.cpuLoad);
  cpu.gauge('Time', () => cpuTimeUs() * NS_PER_US);
  registerMemory(jvm.addGroup('Memory'));
  jvm.addGroup('Threads').gauge('Count', threadCount);
  const classLoader = jvm.addGroup('ClassLoader');
  classLoader.gauge('ClassesLoaded', () => 0);
  classLoader.gauge('ClassesUnloaded', () => 0);
  garbageCollection.start();
  const collectors = jvm.addGroup('GarbageCollector');
  for (const { name, count, timeMs } of garbageCollection.collectors) {
    const collector = collectors.addGroup(name);
    collector.gauge('Count', () => count.count);
    collector.gauge('Time', () => Math.round(timeMs.count));
    collector.meter('TimeMsPerSecond', new MeterView(timeMs));
  }
  const loop = group.addGroup('Status').addGroup('Node').addGroup('EventLoop');
  loop.gauge('Utilization', () => load.loopUtilization);
}

function registerMemory(memory: GenericMetricGroup): void {
  const heap = memory.addGroup('Heap');
  heap.gauge('Used', () => getHeapStatistics().used_heap_size);
  heap.gauge('Committed', () => getHeapStatistics().total_heap_size);
  heap.gauge('Max', () => getHeapStatistics().heap_size_limit);
  const nonHeapBytes = (): number => {
    const { external_memory, malloced_memory } = getHeapStatistics();
    return external_memory + malloced_memory;
  };
  const nonHeap = memory.addGroup('NonHeap');
  nonHeap.gauge('Used', nonHeapBytes);
  nonHeap.gauge('Committed', nonHeapBytes);
  nonHeap.gauge('Max', () => UNDEFINED_SIZE);
  // Not getHeapCodeStatistics: it walks the heap, for milliseconds.
  const codeBytes = (): number =>
    getHeapSpaceStatistics().find(({ space_name }) => space_name === 'code_space')
      ?.space_used_size ?? 0;
  const metaspace = memory.addGroup('Metaspace');
  metaspace.gauge('Used', codeBytes);
  metaspace.gauge('Committed', codeBytes);
  metaspace.gauge('Max', () => UNDEFINED_SIZE);
  const arrayBuffers = (): number => process.memoryUsage().arrayBuffers;
  const direct = memory.addGroup('Direct');
  direct.gauge('Count', () => 0);
  direct.gauge('MemoryUsed', arrayBuffers);
  direct.gauge('TotalCapacity', arrayBuffers);
  const mapped = memory.addGroup('Mapped');
  for (const name of ['Count', 'MemoryUsed', 'TotalCapacity']) {
    mapped.gauge(name, () => 0);
  }
}

/** What was used in the last interval of views. */
class LoadView implements View {
  /** Of all processors, in `[0, 1]`. */
  cpuLoad = 0;
  /** In `[0, 1]`. */
  loopUtilization = 0;
  private at = performance.now();
  private cpuUs = cpuTimeUs();
  private loop: EventLoopUtilization = performance.eventLoopUtilization();

  updateView(): void {
    const now = performance.now();
    const elapsedMs = now - this.at;
    if (elapsedMs < 1) {
      return; // Views that are late are told several times at once.
    }
    const cpuUs = cpuTimeUs();
    const loop = performance.eventLoopUtilization();
    this.loopUtilization = performance.eventLoopUtilization(loop, this.loop).utilization;
    const busyMs = isMainThread ? (cpuUs - this.cpuUs) / 1000 : this.loopUtilization * elapsedMs;
    this.cpuLoad = Math.min(1, busyMs / elapsedMs / availableParallelism());
    this.at = now;
    this.cpuUs = cpuUs;
    this.loop = loop;
  }
}

function cpuTimeUs(): number {
  if (!isMainThread) {
    return Math.round(performance.eventLoopUtilization().active * 1000);
  }
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** Of the process, with those of Node's own; 1 where the system does not say. */
function threadCount(): number {
  try {
    return readdirSync('/proc/self/task').length;
  } catch {
    return 1;
  }
}
