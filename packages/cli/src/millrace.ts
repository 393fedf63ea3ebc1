#!/usr/bin/env node
/** The `millrace` command. */
import { runMillrace } from './run-millrace.ts';

process.exitCode = await runMillrace(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  onInterrupt: (callback) => {
    process.once('SIGINT', callback);
    return () => process.off('SIGINT', callback);
  },
});
