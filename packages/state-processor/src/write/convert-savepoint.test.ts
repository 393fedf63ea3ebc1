import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { FileSystems, Types } from '@millrace/core';
import {
  type ChannelStateHandle,
  loadCheckpointMetadata,
  savepointLocationAt,
} from '@millrace/state';
import { convert } from './convert-savepoint.ts';
import { OperatorTransformation } from './operator-transformation.ts';
import { SavepointWriter } from './savepoint-writer.ts';
import {
  customersOf,
  ORDERS,
  type Order,
  PutOrders,
  RULES,
  readCustomers,
  temporaryFolder,
} from './written-savepoint-fixture.ts';

const RECORDS: Order[] = Array.from({ length: 40 }, (_, i) => ({
  customer: `customer-${i % 7}`,
  item: `item-${i % 3}`,
  amount: i,
  at: i,
}));

const folder = temporaryFolder();
let count = 0;
const newFolder = (): string => join(folder, String(count++));

const bootstrapped = (maxParallelism?: number) => {
  const input = OperatorTransformation.bootstrapWith(RECORDS);
  return (maxParallelism === undefined ? input : input.setMaxParallelism(maxParallelism))
    .keyBy((order) => order.customer, Types.STRING)
    .transform(new PutOrders());
};
const writer = (maxParallelism = 128) =>
  SavepointWriter.newSavepoint({ maxParallelism }).withOperator(ORDERS, bootstrapped());

/** With a channel that had so many bytes in flight. */
async function withChannel(bytes: number): Promise<string> {
  const { path } = await writer().write(newFolder());
  const fileSystems = new FileSystems();
  const { metadata } = await loadCheckpointMetadata(fileSystems, path);
  const channel: ChannelStateHandle = {
    subtaskIndex: 0,
    partitionIndex: 0,
    channelIndex: 0,
    offsets: [4],
    sizeBytes: 8 + bytes,
    delegate: { kind: 'byte-stream', handleName: 'channel', data: new Uint8Array(8 + bytes) },
  };
  const operatorStates = metadata.operatorStates.map((operator) => ({
    ...operator,
    subtaskStates: new Map(
      [...operator.subtaskStates].map(([index, state]) => [
        index,
        { ...state, inputChannelState: [channel] },
      ]),
    ),
  }));
  const directory = newFolder();
  const location = await savepointLocationAt(directory, {
    fileSystem: fileSystems.getFileSystem(directory),
    keyedStateFormat: 'canonical',
    inlineThresholdBytes: 0,
    writeBufferSizeBytes: 4096,
  });
  await location.writeMetadata({ ...metadata, operatorStates });
  return directory;
}

describe('channels of an unaligned checkpoint', () => {
  it('with nothing in flight are left out', async () => {
    const { path, operators } = await convert(await withChannel(0), newFolder());

    assert.deepEqual(await readCustomers(path), customersOf(RECORDS));
    assert.deepEqual(operators[0]?.subtaskStates.get(0)?.inputChannelState, []);
  });

  it('with records in flight are refused', async () => {
    await assert.rejects(convert(await withChannel(1), newFolder()), {
      code: 'UNSUPPORTED',
      message: /in flight/,
    });
  });
});

describe('a parallelism', () => {
  for (const parallelism of [0, -1, Number.NaN, 2.5, 129]) {
    it(`of ${parallelism} is refused, and nothing is written`, async () => {
      const { path } = await writer().write(newFolder());
      const target = newFolder();

      await assert.rejects(convert(path, target, { parallelism }), {
        code: 'PARALLELISM_OUT_OF_RANGE',
        message: `parallelism is ${parallelism}; use 1 to 128`,
      });
      await assert.rejects(writer().write(target, { parallelism }), {
        code: 'PARALLELISM_OUT_OF_RANGE',
        message: `parallelism is ${parallelism}; use 1 to 128`,
      });
      assert.equal(existsSync(target), false);
    });
  }

  it('is counted by the max parallelism that is asked for', async () => {
    const { path } = await writer().write(newFolder());

    await assert.rejects(convert(path, newFolder(), { parallelism: 65, maxParallelism: 64 }), {
      code: 'PARALLELISM_OUT_OF_RANGE',
      message: /use 1 to 64/,
    });
    const both = await convert(path, newFolder(), { parallelism: 200, maxParallelism: 200 });

    assert.deepEqual(await readCustomers(both.path), customersOf(RECORDS));
  });

  it('beyond the max parallelism of one operator of several gives that one fewer parts', async () => {
    const { path } = await writer().withOperator(RULES, bootstrapped(3)).write(newFolder());

    const { operators, path: converted } = await convert(path, newFolder(), { parallelism: 5 });

    assert.deepEqual(
      operators.map(({ parallelism }) => parallelism),
      [5, 3],
    );
    assert.deepEqual(await readCustomers(converted, RULES), customersOf(RECORDS));
  });
});
