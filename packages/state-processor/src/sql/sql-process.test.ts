import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { SystemClock } from '@millrace/core';
import type { StateSource } from '../snapshot/snapshot.ts';
import { querySql } from './query-sql.ts';
import { SqlProcess } from './sql-process.ts';

const WITHOUT_STATE = { operators: [] } as unknown as StateSource;
const ENDLESS = 'SELECT sum(a.i * b.i) FROM range(3000000) a(i), range(3000000) b(i)';
/** 200 MB. */
const LARGE = 'SELECT repeat(chr((97 + i % 26)::INT), 10000) || i AS text FROM range(20000) t(i)';
const SMALL_MEMORY = { memoryMb: 64 };

describe('the process of a query', () => {
  it('gives as many rows as the budget of bytes has room for, and says that there are more', async () => {
    const limits = { limit: 20_000, maxBytes: 1_000_000, ...SMALL_MEMORY };

    const { rows, truncated } = await querySql(WITHOUT_STATE, LARGE, limits);

    assert.equal(truncated, true);
    const bytes = JSON.stringify(rows).length;
    assert.ok(bytes <= 1_000_000 && bytes > 980_000, `${bytes} bytes`);
    assert.deepEqual(
      rows.map(([text]) => String(text).slice(10_000)),
      rows.map((_, index) => String(index)),
    );
  });

  it('gives all rows where the limits have just room for them', async () => {
    const { rows, truncated } = await querySql(WITHOUT_STATE, 'SELECT i FROM range(5000) t(i)', {
      limit: 5000,
    });

    assert.equal(truncated, false);
    assert.deepEqual(
      rows.map(([i]) => i),
      rows.map((_, index) => index),
    );
    assert.equal(rows.length, 5000);
  });

  it('refuses a result whose first row is beyond the budget of bytes', async () => {
    await assert.rejects(querySql(WITHOUT_STATE, LARGE, { maxBytes: 5000, ...SMALL_MEMORY }), {
      code: 'SQL_LIMIT_EXCEEDED',
      message: /the first row of the result has 100\d\d bytes, and a result at most 5000/,
    });
  });

  it('ends a query whose values take more memory than it may', async () => {
    const query = "SELECT repeat('x', 20000000 + i::INT) AS text FROM range(100000) t(i)";

    await assert.rejects(querySql(WITHOUT_STATE, query, SMALL_MEMORY), {
      code: 'SQL_LIMIT_EXCEEDED',
      message: /needs more memory than 64 MB/,
    });
  });

  it('ends a query that takes too long', async () => {
    const query = querySql(WITHOUT_STATE, ENDLESS, { timeoutMs: 1000 });

    await assert.rejects(query, { code: 'SQL_LIMIT_EXCEEDED', message: /longer than 1000 ms/ });
  });

  it('ends a query that is given up, with the reason', async () => {
    const controller = new AbortController();
    const query = querySql(WITHOUT_STATE, ENDLESS, { signal: controller.signal });

    controller.abort(new Error('nobody asks'));

    await assert.rejects(query, /nobody asks/);
  });

  it('is over once it is closed, whatever it does', async () => {
    const query = new SqlProcess(64);
    await query.call('open', 64);
    const select = assert.rejects(query.call('select', ENDLESS, 1, 1000), {
      code: 'SQL_PROCESS_ENDED',
    });

    await query.close();

    await select;
    assert.equal(isRunning(query.pid as number), false);
  });

  it('ends with the process that started it', async () => {
    const fixture = fileURLToPath(new URL('./sql-process-fixture.js', import.meta.url));
    const program = spawn(process.execPath, [fixture], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [printed] = (await once(program.stdout, 'data')) as [Buffer];
    const pid = Number(String(printed));
    assert.ok(isRunning(pid), `${pid} runs`);

    program.kill('SIGKILL');

    const clock = new SystemClock();
    while (isRunning(pid)) {
      await clock.yieldTurn();
    }
  });
});

/** A process that is over but not yet waited for runs no longer. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
