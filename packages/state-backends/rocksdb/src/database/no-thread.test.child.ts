/**
 * Opens a database where the process may take no more memory than it has, so that no thread's stack fits.
 * Prints the code and message of the error.
 *
 *     node no-thread.test.child.js FOLDER
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { loadNativeAddon } from '../binding/load-native-addon.ts';
import { RocksDatabase } from './rocks-database.ts';

const BYTES_LEFT = 2 * 1024 * 1024;

loadNativeAddon();
// Node's own threads start with the first work.
await stat('.');
const status = readFileSync('/proc/self/status', 'utf8');
const bytes = Number(/^VmSize:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024 + BYTES_LEFT;
const { status: exitCode } = spawnSync('prlimit', [`--pid=${process.pid}`, `--as=${bytes}:`]);
if (exitCode !== 0) {
  throw new Error('prlimit failed');
}
try {
  await RocksDatabase.open(process.argv[2] as string, {
    dbOptions: '',
    columnFamilies: [],
    sharedMemory: undefined,
    statistics: false,
  });
} catch (error) {
  const { code, message } = error as { code?: string; message: string };
  process.stdout.write(JSON.stringify({ code, message }));
}
