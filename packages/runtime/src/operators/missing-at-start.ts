/** A sink that misses what the snapshot goes on with which its job was started with. */
import { errorCode } from '@millrace/core';
import type { StreamOperatorContext } from './stream-operator.ts';

/**
 * True for a failure that ends the job while its sinks take up what they are restored with.
 *
 * What a sink says it misses of the snapshot that the job was started with (`SINK_FAILED`) is not there at the next try
 * either, as somebody named another folder; and the job has no checkpoint of its own yet that would go with it.
 * Later, and in a process that goes on with the job, the restart strategy decides, as in Flink: what the sink writes to
 * may come back.
 */
export function isMissingAtStart(
  failure: unknown,
  { restored }: Pick<StreamOperatorContext, 'restored'>,
): boolean {
  return restored?.startsJob === true && errorCode(failure) === 'SINK_FAILED';
}
