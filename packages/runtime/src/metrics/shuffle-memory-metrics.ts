/**
 * The buffers of the rings that this thread receives from: each ring is counted once in a process.
 *
 * Flink: NettyShuffleMetricFactory.registerShuffleMetrics.
 */
import type { MetricGroup } from '@millrace/core';
import { openExchanges } from '../network/ring/ring-exchange.ts';

interface ShuffleMemory {
  readonly totalSegments: number;
  readonly usedSegments: number;
  readonly totalBytes: number;
  readonly usedBytes: number;
}

/** @param group - of a task manager */
export function registerShuffleMetrics(group: MetricGroup): void {
  const status = group.addGroup('Status');
  const netty = status.addGroup('Shuffle').addGroup('Netty');
  netty.gauge('TotalMemorySegments', () => shuffleMemory().totalSegments);
  netty.gauge('UsedMemorySegments', () => shuffleMemory().usedSegments);
  netty.gauge('AvailableMemorySegments', availableSegments);
  netty.gauge('TotalMemory', () => shuffleMemory().totalBytes);
  netty.gauge('UsedMemory', () => shuffleMemory().usedBytes);
  netty.gauge('AvailableMemory', () => {
    const { totalBytes, usedBytes } = shuffleMemory();
    return totalBytes - usedBytes;
  });
  // Rings are as large as memory suffices for: never is more asked for than there is.
  netty.gauge('RequestedMemoryUsage', () => {
    const { totalBytes, usedBytes } = shuffleMemory();
    return totalBytes === 0 ? 0 : Math.round((100 * usedBytes) / totalBytes);
  });
  const network = status.addGroup('Network');
  network.gauge('TotalMemorySegments', () => shuffleMemory().totalSegments);
  network.gauge('AvailableMemorySegments', availableSegments);
}

function availableSegments(): number {
  const { totalSegments, usedSegments } = shuffleMemory();
  return totalSegments - usedSegments;
}

function shuffleMemory(): ShuffleMemory {
  const sum = { totalSegments: 0, usedSegments: 0, totalBytes: 0, usedBytes: 0 };
  for (const exchange of openExchanges) {
    for (const { segmentSizeBytes, capacityBytes, waitingBytes } of exchange.readers) {
      sum.totalSegments += capacityBytes / segmentSizeBytes;
      sum.usedSegments += Math.ceil(waitingBytes / segmentSizeBytes);
      sum.totalBytes += capacityBytes;
      sum.usedBytes += waitingBytes;
    }
  }
  return sum;
}
