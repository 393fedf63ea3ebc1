/** Checks operator state and channel state: each item is where its offset says, and nothing between. */
import { DataInputView, DataOutputView } from '@millrace/core';
import {
  type ChannelStateHandle,
  ChannelStateReader,
  type OperatorStateHandle,
  readOperatorBackendHeader,
  readOperatorBackendState,
  requireSerializerSnapshot,
  type StateMetaInfoSnapshot,
  writeOperatorBackendHeader,
} from '@millrace/state';
import { pathOf } from '../snapshot/describe-files.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import type { VerifyCoverage } from './verify-coverage.ts';
import type { VerifyCounts } from './verify-keyed-state.ts';
import type { ProblemPlace, VerifyProblems } from './verify-problems.ts';

interface Span {
  readonly start: number;
  readonly end: number;
}

export async function verifyOperatorState(
  snapshot: Snapshot,
  handle: OperatorStateHandle,
  of: {
    readonly problems: VerifyProblems;
    readonly counts: VerifyCounts;
    readonly coverage: VerifyCoverage;
    readonly place: ProblemPlace;
  },
): Promise<void> {
  const file = pathOf(handle.delegate);
  const place = file === undefined ? of.place : { ...of.place, file };
  const { problems, counts } = of;
  try {
    const reader = await snapshot.openStateHandle(handle.delegate);
    let bytes: Uint8Array;
    try {
      bytes = await reader.read(0, reader.sizeBytes);
    } finally {
      await reader.close();
    }
    if (bytes.length === 0 && handle.stateNameToPartitionOffsets.size === 0) {
      return; // Of a stateless operator whose files are merged.
    }
    const header = readOperatorBackendHeader(new DataInputView(bytes));
    of.coverage.add(handle.delegate, 'operator', header.compressed ? 'checksum' : 'structure');
    if (header.compressed) {
      const { lists, broadcasts } = await readOperatorBackendState(
        handle,
        snapshot.openStateHandle,
      );
      counts.entries += lists.reduce((sum, { items }) => sum + items.length, 0);
      counts.entries += broadcasts.reduce((sum, { entries }) => sum + entries.size, 0);
      return;
    }
    const output = new DataOutputView();
    writeOperatorBackendHeader(output, header);
    const states = [...header.operatorStates, ...header.broadcastStates];
    const spans = [{ start: 0, end: output.position }];
    for (const [name, { offsets, mode }] of handle.stateNameToPartitionOffsets) {
      const state = states.find((one) => one.name === name);
      if (state === undefined) {
        problems.corrupt(`the handle names the state '${name}', its stream does not`, place);
        continue;
      }
      const items = offsets.map((offset) =>
        itemSpan(bytes, state, { offset, isMap: mode === 'broadcast' }),
      );
      counts.entries += items.length;
      spans.push(...items);
    }
    verifyTiling(spans, bytes.length, { problems, place });
  } catch (error) {
    problems.caught(error, place);
  }
}

function itemSpan(
  bytes: Uint8Array,
  state: StateMetaInfoSnapshot,
  { offset, isMap }: { readonly offset: number; readonly isMap: boolean },
): Span {
  const input = new DataInputView(bytes);
  input.position = offset;
  const value = requireSerializerSnapshot(state, 'VALUE_SERIALIZER').restoreSerializer();
  if (!isMap) {
    value.deserialize(input);
    return { start: offset, end: input.position };
  }
  const key = requireSerializerSnapshot(state, 'KEY_SERIALIZER').restoreSerializer();
  for (let left = input.readInt(); left > 0; left--) {
    key.deserialize(input);
    value.deserialize(input);
  }
  return { start: offset, end: input.position };
}

/** Neither gaps nor overlaps from the first byte to the last. */
function verifyTiling(
  spans: readonly Span[],
  sizeBytes: number,
  { problems, place }: { readonly problems: VerifyProblems; readonly place: ProblemPlace },
): void {
  let end = 0;
  for (const span of [...spans, { start: sizeBytes, end: sizeBytes }].sort(
    (a, b) => a.start - b.start,
  )) {
    if (span.start !== end) {
      const what = span.start > end ? 'are of nothing' : 'are of two items';
      const [from, to] = [Math.min(span.start, end), Math.max(span.start, end)];
      problems.corrupt(`the bytes ${from} to ${to} of operator state ${what}`, {
        ...place,
        offset: from,
      });
    }
    end = Math.max(end, span.end);
  }
}

const VERSION_BYTES = 4;
const LENGTH_BYTES = 4;

/** The chunks of one subtask lie in their files. What is in them needs the job's types. */
export async function verifyChannelState(
  snapshot: Snapshot,
  handles: readonly ChannelStateHandle[],
  { problems, place }: { readonly problems: VerifyProblems; readonly place: ProblemPlace },
): Promise<void> {
  const reader = new ChannelStateReader(snapshot.openStateHandle);
  try {
    for (const handle of handles) {
      const file = pathOf(handle.delegate);
      const at = file === undefined ? place : { ...place, file };
      try {
        const spans = await reader.chunkSpans(handle, channelName(handle));
        const bytes = spans.reduce((sum, { length }) => sum + LENGTH_BYTES + length, 0);
        // Inline, Flink counts the version too.
        const isInline = handle.delegate.kind === 'byte-stream';
        const expected = isInline ? [bytes, bytes + VERSION_BYTES] : [bytes];
        if (!expected.includes(handle.sizeBytes)) {
          problems.corrupt(`the chunks have ${bytes} bytes instead of ${handle.sizeBytes}`, at);
        }
      } catch (error) {
        problems.caught(error, at);
      }
    }
  } finally {
    await reader.close();
  }
}

function channelName(handle: ChannelStateHandle): string {
  const { subtaskIndex, partitionIndex, channelIndex } = handle;
  return `channel ${channelIndex} of partition ${partitionIndex} at subtask ${subtaskIndex}`;
}
