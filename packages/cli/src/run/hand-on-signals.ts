/**
 * Hands what this process is told on to the one of a program: signals to end it, and Ctrl-Z and `fg`,
 * which would stop this process alone.
 */
import type { ChildProcess } from 'node:child_process';

const TO_END: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'];

/** @returns what ends it */
export function handOnSignals(child: ChildProcess): () => void {
  const listeners = TO_END.map((signal) => [signal, () => void child.kill(signal)] as const);
  const stop = (): void => {
    child.kill('SIGSTOP');
    process.kill(process.pid, 'SIGSTOP');
  };
  const all: readonly (readonly [NodeJS.Signals, () => void])[] = [
    ...listeners,
    ['SIGTSTP', stop],
    ['SIGCONT', () => void child.kill('SIGCONT')],
  ];
  for (const [signal, listener] of all) {
    process.on(signal, listener);
  }
  return () => {
    for (const [signal, listener] of all) {
      process.off(signal, listener);
    }
  };
}
