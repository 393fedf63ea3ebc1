import assert from 'node:assert/strict';
import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CheckpointingOptions, Types } from '@millrace/core';
import { OperatorTransformation } from './operator-transformation.ts';
import { SavepointWriter } from './savepoint-writer.ts';
import {
  customersOf,
  ORDERS,
  type Order,
  PutOrders,
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

const orders = OperatorTransformation.bootstrapWith(RECORDS)
  .keyBy((order) => order.customer, Types.STRING)
  .transform(new PutOrders());

describe('a savepoint that begins with another', () => {
  it('refers to old files where they are now, when they were moved', async () => {
    const big = SavepointWriter.newSavepoint({ maxParallelism: 128 })
      .withOperator(ORDERS, orders)
      .withConfiguration(CheckpointingOptions.FS_SMALL_FILE_THRESHOLD, 1);
    const first = await big.write(newFolder());
    const writer = await SavepointWriter.fromExistingSavepoint(first.path);
    const old = await writer.write(newFolder(), { referToOldFiles: true });
    // Below the folder where they were: what is rebased twice is not found.
    const to = join(fileURLToPath(first.path), 'moved');
    const waiting = newFolder();
    renameSync(fileURLToPath(first.path), waiting);
    mkdirSync(fileURLToPath(first.path));
    renameSync(waiting, to);
    const pathRebase = [{ from: first.path, to }];
    const moved = await SavepointWriter.fromExistingSavepoint(old.path, { pathRebase });

    const referring = await moved.write(newFolder(), { referToOldFiles: true });
    const copied = await moved.write(newFolder());

    assert.deepEqual(await readCustomers(referring.path), customersOf(RECORDS));
    assert.deepEqual(await readCustomers(copied.path), customersOf(RECORDS));
  });
});
