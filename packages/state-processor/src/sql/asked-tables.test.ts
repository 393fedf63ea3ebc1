import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { StateSource } from '../snapshot/snapshot.ts';
import { querySql } from './query-sql.ts';

const WITHOUT_STATE = { operators: [] } as unknown as StateSource;

function refusalOf(query: string): Promise<string> {
  return querySql(WITHOUT_STATE, query).then(
    () => 'none',
    ({ code, message }) => `${code}: ${message}`,
  );
}

describe('a query with a name that SQL takes apart', () => {
  for (const [query, quoted] of [
    ['SELECT * FROM by-day.total', '"by-day".total'],
    ['SELECT * FROM "by-day".v-long', '"by-day"."v-long"'],
    ['SELECT * FROM 28a5be47.total', '"28a5be47".total'],
    ['SELECT f-1, key\nFROM (SELECT 1 AS key)', '"f-1"'],
  ] as const) {
    it(`is told how it is quoted: ${query}`, async () => {
      const refusal = await refusalOf(query);

      assert.match(refusal, /^SQL_INVALID: /);
      assert.ok(refusal.endsWith(` stand in double quotes: ${quoted}`), refusal);
    });
  }

  it('is told nothing of quotes where another thing is wrong', async () => {
    for (const query of ['SELEC 1', 'SELECT 1 FROM', 'SELECT nothing', 'SELECT 1 2.5 - 3']) {
      assert.doesNotMatch(await refusalOf(query), /quotes/);
    }
  });
});
