/** Main module of a worker thread whose program is a function of a module: calls it. */
import { pathToFileURL } from 'node:url';
import { ConfigError } from '@millrace/core';
import { taskManagerOfThread } from './task-manager-thread.ts';

const { program, mainFile } = taskManagerOfThread()!.start;
// The program is no main module here either.
process.argv[1] = mainFile ?? '';
const exported: Record<string, unknown> = await import(pathToFileURL(program.file).href);
const run = exported[program.entryPoint ?? ''];
if (typeof run !== 'function') {
  throw new ConfigError(
    'PROGRAM_MODULE_UNKNOWN',
    `${program.file} exports no function ${program.entryPoint}; name one that runs the program`,
  );
}
await run(...program.args);
