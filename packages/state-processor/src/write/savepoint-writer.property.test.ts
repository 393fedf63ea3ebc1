import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Types } from '@millrace/core';
import fc from 'fast-check';
import { convert } from './convert-savepoint.ts';
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

const orders = fc.array(
  fc.record<Order>({
    customer: fc.string({ maxLength: 3 }),
    item: fc.string({ maxLength: 4 }),
    amount: fc.option(fc.integer({ min: -1000, max: 1000 })),
    at: fc.integer({ min: 0, max: 20 }),
  }),
  { minLength: 1, maxLength: 60 },
);
const layout = fc
  .record({
    maxParallelism: fc.constantFrom(1, 7, 128, 129, 300),
    parallelism: fc.integer({ min: 1, max: 4 }),
    compression: fc.boolean(),
  })
  .map((each) => ({ ...each, parallelism: Math.min(each.parallelism, each.maxParallelism) }));

const folder = temporaryFolder();
let count = 0;
const newFolder = (): string => join(folder, String(count++));

describe('a savepoint that was written from records', () => {
  it('holds what the records come to, whatever its parallelism and max parallelism', async () => {
    await fc.assert(
      fc.asyncProperty(orders, layout, async (records, { maxParallelism, parallelism }) => {
        const { path } = await writeOrders(records, maxParallelism, parallelism);

        assert.deepEqual(await readCustomers(path), customersOf(records));
      }),
      { numRuns: 20 },
    );
  });

  it('holds the same with other key groups, in other parts, and back again', async () => {
    await fc.assert(
      fc.asyncProperty(
        orders,
        fc.array(layout, { minLength: 1, maxLength: 3 }),
        async (records, layouts) => {
          const first = await writeOrders(records, 128, 2);
          let { path } = first;
          for (const each of [
            ...layouts,
            { maxParallelism: 128, parallelism: 2, compression: false },
          ]) {
            ({ path } = await convert(path, newFolder(), each));
            assert.deepEqual(await readCustomers(path), customersOf(records));
          }
        },
      ),
      { numRuns: 12 },
    );
  });
});

function writeOrders(records: readonly Order[], maxParallelism: number, parallelism: number) {
  return SavepointWriter.newSavepoint({ maxParallelism })
    .withOperator(
      ORDERS,
      OperatorTransformation.bootstrapWith(records)
        .keyBy((order) => order.customer, Types.STRING)
        .transform(new PutOrders()),
    )
    .write(newFolder(), { parallelism });
}
