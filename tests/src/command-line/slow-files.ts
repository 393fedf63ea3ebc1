/** Preloaded into a command: its first written file tells, and waits until the command is interrupted. */
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

const { open } = fs;
const until = process.env.SLOW_FILES_UNTIL ?? 'SIGINT';
let isFirst = true;
fs.open = (async (...args: Parameters<typeof open>) => {
  const file = await open(...args);
  if (isFirst && String(args[1] ?? 'r').includes('w')) {
    isFirst = false;
    // A signal alone does not keep the process alive.
    const alive = setInterval(() => {}, 1_000);
    const interrupted = new Promise((resolve) => process.once(until, resolve));
    process.stderr.write('a file is written\n');
    await interrupted;
    clearInterval(alive);
  }
  return file;
}) as typeof open;
syncBuiltinESMExports();
