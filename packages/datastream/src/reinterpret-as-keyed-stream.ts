import type { KeySelector, TypeInformation } from '@millrace/core';
import { ForwardPartitioner } from '@millrace/runtime';
import type { DataStream } from './data-stream.ts';
import { KeyedStream } from './keyed-stream.ts';
import { genericType } from './transformations.ts';

/**
 * Takes a stream for one that is split by this key already, and sends no record elsewhere. The
 * operator before must have given each record to the subtask to which `keyBy` would send it: with the
 * same parallelism, max parallelism and key. Where it has not, keyed state fails with
 * `INVARIANT_VIOLATED` for the key group, or is found in the wrong subtask after a restore.
 *
 * Flink: DataStreamUtils.reinterpretAsKeyedStream.
 */
export function reinterpretAsKeyedStream<T, K extends NonNullable<unknown>>(
  stream: DataStream<T>,
  keySelector: KeySelector<T, K>,
  keyType: TypeInformation<K> = genericType<K>(),
): KeyedStream<T, K> {
  return new KeyedStream(stream, { keySelector, keyType }, new ForwardPartitioner());
}
