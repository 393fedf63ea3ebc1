/** Compressed state of real Flink that was damaged is told, or reads as if nothing had happened. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import '@millrace/avro';
import { errorCode, toLocalPath } from '@millrace/core';
import {
  type ByteStreamStateHandle,
  createStateHandleOpener,
  openKeyedState,
  readCheckpointMetadata,
  readOperatorBackendState,
  rowKey,
  rowValue,
  type StreamStateHandle,
} from '@millrace/state';
import fc from 'fast-check';
import { expectedFolder, FIXTURES, readMetadataBytes } from './flink-fixtures.ts';

const DAMAGES = 1000;
const SLOWEST_MS = 10_000; // far beyond what any takes: a read that hangs

const openStateHandle = createStateHandleOpener({
  getFileSystem: () => {
    throw new Error('the state is in memory here');
  },
});

/** One stream of the fixture, and what reads it as text. */
interface Stream {
  readonly data: Uint8Array;
  /** Where the first snappy frames begin; what precedes them has no checksum. */
  readonly framesStart: number;
  readonly read: (data: Uint8Array) => Promise<string>;
}

function inMemory(stream: StreamStateHandle): ByteStreamStateHandle {
  if (stream.kind === 'byte-stream') {
    return stream;
  }
  assert.ok('path' in stream);
  const data = new Uint8Array(readFileSync(toLocalPath(stream.path)));
  return { kind: 'byte-stream', handleName: stream.path, data };
}

function text(value: unknown): string {
  return JSON.stringify(value, (_, part) =>
    typeof part === 'bigint' ? `${part}n` : part instanceof Map ? [...part] : part,
  );
}

function streamsOfFixture(): Stream[] {
  const folder = expectedFolder('hashmap-canonical-compressed');
  const metadata = readCheckpointMetadata(readMetadataBytes(folder), join(FIXTURES, folder));
  const streams: Stream[] = [];
  for (const { maxParallelism, subtaskStates } of metadata.operatorStates) {
    for (const {
      managedKeyedState: keyed,
      managedOperatorState: operator,
    } of subtaskStates.values()) {
      if (keyed?.kind === 'key-groups-savepoint') {
        const stream = inMemory(keyed.stream);
        streams.push({
          data: stream.data,
          framesStart: keyed.offsets.find((offset) => offset > 0) ?? stream.data.length,
          read: async (data) => {
            const handle = { ...keyed, stream: { ...stream, data } };
            const options = { numberOfKeyGroups: maxParallelism, openStateHandle };
            const reader = await openKeyedState(handle, options);
            const rows: string[] = [];
            for await (const batch of reader.rows()) {
              for (const row of batch.rows) {
                const bytes = Buffer.concat([rowKey(batch, row), rowValue(batch, row)]);
                rows.push(`${batch.keyGroup} ${row.stateId} ${bytes.toString('hex')}`);
              }
            }
            return rows.join('\n');
          },
        });
      }
      if (operator !== undefined) {
        const delegate = inMemory(operator.delegate);
        streams.push({
          data: delegate.data,
          framesStart: Buffer.from(delegate.data).indexOf('sNaPpY') - 4,
          read: async (data) => {
            const handle = { ...operator, delegate: { ...delegate, data } };
            const { lists, broadcasts } = await readOperatorBackendState(handle, openStateHandle);
            return text([lists.map(({ items }) => items), broadcasts.map((map) => map.entries)]);
          },
        });
      }
    }
  }
  return streams.filter(({ data, framesStart }) => framesStart < data.length);
}

describe('compressed state of Flink', () => {
  let streams: readonly Stream[] = [];
  let contents: readonly string[] = [];

  before(async () => {
    streams = streamsOfFixture();
    contents = await Promise.all(streams.map(({ data, read }) => read(data)));
  });

  it('that was cut or changed is SNAPSHOT_CORRUPT, or the same, wherever it happened', async () => {
    assert.ok(streams.length > 10);
    const damage = fc.record({
      stream: fc.nat(1000),
      place: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      change: fc.oneof(
        fc.constant('cut' as const),
        fc.integer({ min: 0, max: 7 }),
        fc.uint8Array({ minLength: 1, maxLength: 8 }),
      ),
    });
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(damage, async ({ stream: index, place, change }) => {
        const stream = streams[index % streams.length] as Stream;
        const { data, framesStart } = stream;
        const at = framesStart + Math.floor(place * (data.length - framesStart));
        const damaged = change === 'cut' ? data.slice(0, at) : data.slice();
        if (typeof change === 'number') {
          damaged[at] = (damaged[at] ?? 0) ^ (1 << change);
        } else if (change !== 'cut') {
          damaged.set(change.subarray(0, data.length - at), at);
        }
        try {
          assert.equal(await stream.read(damaged), contents[index % streams.length]);
        } catch (error) {
          assert.equal(errorCode(error), 'SNAPSHOT_CORRUPT', String(error));
          refused++;
        }
      }),
      { numRuns: DAMAGES, timeout: SLOWEST_MS },
    );
    assert.ok(refused > DAMAGES / 2);
  });
});
