/**
 * How large the rings of a job are, out of the process' network memory.
 *
 * Each channel has its exclusive buffers, and a share of the floating ones of its gate as far as
 * memory suffices: a ring cannot change hands, so floating buffers are dealt out for good.
 *
 * Flink: NettyShuffleUtils, NetworkBufferPool, TaskExecutorProcessUtils.
 */
import {
  ConfigError,
  type Configuration,
  formatMemorySize,
  NettyShuffleEnvironmentOptions,
  TaskManagerOptions,
} from '@millrace/core';
import type { RingSize } from './ring-layout.ts';

/** A channel between two slots. */
export interface ChannelOfGate {
  /** The same for all channels of one input of one subtask. */
  readonly gate: string;
}

/**
 * For the buffers between all slots of the process: the fraction of the memory that is set, within
 * its limits; else the lower limit, as in Flink's local cluster.
 *
 * @throws ConfigError `CONFIG_VALUE_INVALID` when the lower limit is above the upper one
 */
export function networkMemoryBytes(configuration: Configuration): number {
  const min = configuration.get(TaskManagerOptions.NETWORK_MEMORY_MIN);
  const max = configuration.get(TaskManagerOptions.NETWORK_MEMORY_MAX) ?? Number.POSITIVE_INFINITY;
  if (min > max) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `${TaskManagerOptions.NETWORK_MEMORY_MIN.key} is ${formatMemorySize(min)}, above ` +
        `${TaskManagerOptions.NETWORK_MEMORY_MAX.key} of ${formatMemorySize(max)}; set both`,
    );
  }
  const total = configuration.get(TaskManagerOptions.TOTAL_FLINK_MEMORY);
  if (total === undefined) {
    return min;
  }
  const share = Math.floor(total * configuration.get(TaskManagerOptions.NETWORK_MEMORY_FRACTION));
  return Math.min(Math.max(share, min), max);
}

/**
 * The sizes of the rings of all channels between slots, in their order.
 *
 * @throws ConfigError `INSUFFICIENT_NETWORK_BUFFERS` when there is not even memory for the exclusive
 *   buffers, `CONFIG_VALUE_INVALID`
 */
export function ringSizes(
  configuration: Configuration,
  channels: readonly ChannelOfGate[],
): readonly RingSize[] {
  const segmentSizeBytes = segmentSize(configuration);
  const available = Math.floor(networkMemoryBytes(configuration) / segmentSizeBytes);
  const wanted = segmentsWanted(configuration, channels);
  const exclusive = exclusiveSegments(configuration);
  const required = exclusive * channels.length;
  if (required > available) {
    throw insufficient(configuration, { required, available, segmentSizeBytes, channels });
  }
  const floating = wanted.reduce((sum, segments) => sum + segments - exclusive, 0);
  const share = floating === 0 ? 1 : Math.min(1, (available - required) / floating);
  return wanted.map((segments) => ({
    segmentSizeBytes,
    segments: exclusive + Math.floor((segments - exclusive) * share),
  }));
}

function segmentSize(configuration: Configuration): number {
  const { MEMORY_SEGMENT_SIZE } = TaskManagerOptions;
  const size = configuration.get(MEMORY_SEGMENT_SIZE);
  if ((size & (size - 1)) !== 0) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `${MEMORY_SEGMENT_SIZE.key} is ${size} bytes; use a power of two from 4 kb to 64 mb`,
    );
  }
  return size;
}

function maxSegments(configuration: Configuration): number {
  // A ring holds 1 GiB at most.
  const most = Math.floor(2 ** 30 / segmentSize(configuration));
  return Math.min(
    configuration.get(NettyShuffleEnvironmentOptions.NETWORK_MAX_BUFFERS_PER_CHANNEL),
    most,
  );
}

/** One at least, or nothing could ever be sent. */
function exclusiveSegments(configuration: Configuration): number {
  const exclusive = configuration.get(NettyShuffleEnvironmentOptions.NETWORK_BUFFERS_PER_CHANNEL);
  return Math.min(Math.max(1, exclusive), maxSegments(configuration));
}

function segmentsWanted(
  configuration: Configuration,
  channels: readonly ChannelOfGate[],
): readonly number[] {
  const floating = configuration.get(NettyShuffleEnvironmentOptions.NETWORK_EXTRA_BUFFERS_PER_GATE);
  const exclusive = configuration.get(NettyShuffleEnvironmentOptions.NETWORK_BUFFERS_PER_CHANNEL);
  const least = exclusiveSegments(configuration);
  const most = maxSegments(configuration);
  const channelsOfGate = new Map<string, number>();
  for (const { gate } of channels) {
    channelsOfGate.set(gate, (channelsOfGate.get(gate) ?? 0) + 1);
  }
  return channels.map(({ gate }) => {
    const share = Math.floor(floating / (channelsOfGate.get(gate) as number));
    return Math.min(Math.max(least, exclusive + share), most);
  });
}

function insufficient(
  configuration: Configuration,
  counts: {
    readonly required: number;
    readonly available: number;
    readonly segmentSizeBytes: number;
    readonly channels: readonly ChannelOfGate[];
  },
): ConfigError {
  const { required, available, segmentSizeBytes, channels } = counts;
  const limitedBy =
    configuration.get(TaskManagerOptions.NETWORK_MEMORY_MAX) === networkMemoryBytes(configuration)
      ? TaskManagerOptions.NETWORK_MEMORY_MAX
      : TaskManagerOptions.NETWORK_MEMORY_MIN;
  return new ConfigError(
    'INSUFFICIENT_NETWORK_BUFFERS',
    `Insufficient number of network buffers: required ${required}, but only ${available} ` +
      `available, of ${segmentSizeBytes} bytes each, for ${channels.length} channels between slots; ` +
      `set ${limitedBy.key} to ${formatMemorySize(required * segmentSizeBytes)} or more, or lower ` +
      `${NettyShuffleEnvironmentOptions.NETWORK_BUFFERS_PER_CHANNEL.key}, ` +
      `${TaskManagerOptions.MEMORY_SEGMENT_SIZE.key} or the parallelism`,
  );
}
