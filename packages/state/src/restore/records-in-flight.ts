/**
 * Whether a checkpoint holds records that were in flight: they only fit the program that took it.
 *
 * Bytes: docs/formats/channel-state.md
 */
import type { ChannelStateHandle, OperatorState } from '../snapshot/operator-state.ts';

const LENGTH_BYTES = 4;
const VERSION_BYTES = 4;

/** False with handles that all say that nothing was in flight: Flink writes one for every channel. */
export function hasRecordsInFlight({ subtaskStates }: OperatorState): boolean {
  return [...subtaskStates.values()].some(({ inputChannelState, resultSubpartitionState }) =>
    [...inputChannelState, ...resultSubpartitionState].some(holdsRecords),
  );
}

/** Chunks without bytes are there for channels with nothing in flight. */
function holdsRecords({ delegate, offsets, sizeBytes }: ChannelStateHandle): boolean {
  return delegate.kind === 'byte-stream'
    ? delegate.data.length > VERSION_BYTES + LENGTH_BYTES // of the only chunk
    : sizeBytes > offsets.length * LENGTH_BYTES;
}
