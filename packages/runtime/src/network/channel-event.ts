/** What travels between tasks beside records, in order with them. */
import type { CheckpointBarrier } from '../checkpoint/checkpoint-options.ts';
import type { LatencyMarker } from '../operators/latency-marker.ts';
import type { WatermarkStatus } from '../operators/output.ts';

export type ChannelEvent =
  | { readonly kind: 'watermark'; readonly watermark: number }
  | { readonly kind: 'watermark-status'; readonly status: WatermarkStatus }
  | { readonly kind: 'latency-marker'; readonly marker: LatencyMarker }
  | { readonly kind: 'barrier'; readonly barrier: CheckpointBarrier }
  | { readonly kind: 'cancel-checkpoint'; readonly checkpointId: number }
  /** What was in flight in a checkpoint ends here. Flink: EndOfChannelStateEvent. */
  | { readonly kind: 'end-of-channel-state' }
  /**
   * No record follows; barriers still may. `awaitsSavepoint`: the job is drained, and ends with the
   * savepoint whose barrier follows.
   */
  | { readonly kind: 'end-of-data'; readonly awaitsSavepoint?: boolean }
  /** Nothing follows. */
  | { readonly kind: 'end-of-partition' };
