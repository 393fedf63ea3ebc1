/**
 * Kills this process hard at one file operation, before or after it, as the environment says:
 * `KILL_AT_FILE_OPERATION=17` or `17+`.
 *
 * What opens, renames, removes or makes a file counts: the steps that checkpoints and committed
 * parts are made of.
 */
import fs from 'node:fs';
import fsPromises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

const OPERATIONS = ['open', 'rename', 'mkdir', 'rm', 'unlink', 'truncate'] as const;

type AnyFunction = (...args: unknown[]) => unknown;

export function armFileOperationKill(): void {
  const wanted = process.env['KILL_AT_FILE_OPERATION'];
  if (wanted === undefined) {
    return;
  }
  const after = wanted.endsWith('+');
  let left = Number.parseInt(wanted, 10);
  const killWhenDue = (): void => {
    if (left === 0) {
      process.kill(process.pid, 'SIGKILL');
    }
  };
  const wrapped = (original: AnyFunction): AnyFunction =>
    function wrapper(this: unknown, ...args: unknown[]): unknown {
      left--;
      if (!after) {
        killWhenDue();
      }
      const due = left === 0;
      const result = original.apply(this, args);
      if (due && result instanceof Promise) {
        return result.finally(() => process.kill(process.pid, 'SIGKILL'));
      }
      if (due) {
        process.kill(process.pid, 'SIGKILL');
      }
      return result;
    };
  const promises = fsPromises as unknown as Record<string, AnyFunction>;
  const sync = fs as unknown as Record<string, AnyFunction>;
  for (const operation of OPERATIONS) {
    promises[operation] = wrapped(promises[operation] as AnyFunction);
    sync[`${operation}Sync`] = wrapped(sync[`${operation}Sync`] as AnyFunction);
  }
  syncBuiltinESMExports();
}
