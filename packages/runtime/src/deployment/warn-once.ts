/**
 * Warnings of the configuration, which the jobs of a process mostly share: told once to each listener.
 *
 * Invariant: a listener that was not told yet is told, whatever others heard.
 */

/** Stands for the log, which is one for the process. */
const LOG = {};
const told = new WeakMap<object, Set<string>>();

/** @param listener - of the job; `undefined`: the log */
export function warnOnce(
  listener: ((message: string) => void) | undefined,
  warn: (message: string) => void,
): (message: string) => void {
  const key = listener ?? LOG;
  const heard = told.get(key) ?? new Set<string>();
  told.set(key, heard);
  return (message) => {
    if (!heard.has(message)) {
      heard.add(message);
      warn(message);
    }
  };
}
