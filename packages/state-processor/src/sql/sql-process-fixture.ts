/** A program that is killed while its query runs: it prints the id of the query's process. */
import { SqlProcess } from './sql-process.ts';

const query = new SqlProcess(64);
await query.call('open', 64);
await query.call('askedTables', 'SELECT 1');
await query.call('loaded');
const select = 'SELECT sum(a.i * b.i) FROM range(3000000) a(i), range(3000000) b(i)';
void query.call('select', select, 1, 1000);
process.stdout.write(`${query.pid}\n`);
