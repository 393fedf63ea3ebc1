#!/usr/bin/env node
/** The `millrace` command. */
import { runMillrace } from './run-millrace.ts';

process.exitCode = await runMillrace(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  onInterrupt: (callback) => {
    const signals = ['SIGINT', 'SIGTERM'] as const;
    const listeners = signals.map((signal) => [signal, () => callback(signal)] as const);
    for (const [signal, listener] of listeners) {
      process.once(signal, listener);
    }
    return () => {
      for (const [signal, listener] of listeners) {
        process.off(signal, listener);
      }
    };
  },
});
