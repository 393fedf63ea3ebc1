import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { SqlProcess } from './sql-process.ts';

let sql: SqlProcess;
before(async () => {
  sql = new SqlProcess(64);
  await sql.call('open', 64);
});
after(() => sql.close());

function refusalOf(query: string): Promise<string> {
  return sql
    .call('askedTables', query)
    .then(() => sql.call('select', query, 1, 1000))
    .then(
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
      const refusal = await refusalOf(query);

      assert.match(refusal, /^SQL_INVALID: /);
      assert.doesNotMatch(refusal, /quotes/);
    }
  });
});
