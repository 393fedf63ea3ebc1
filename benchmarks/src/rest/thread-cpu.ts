/** Processor time of the threads of this process, where the system tells it: Linux. */
import { readdirSync, readFileSync } from 'node:fs';

const TASKS = '/proc/self/task';

/** By id of the thread, µs; empty where it is not known. */
export function cpuOfThreadsUs(): ReadonlyMap<string, number> {
  const cpuUs = new Map<string, number>();
  for (const id of threadIds()) {
    try {
      const [onCpuNs = ''] = readFileSync(`${TASKS}/${id}/schedstat`, 'utf8').split(' ');
      cpuUs.set(id, Number(onCpuNs) / 1000);
    } catch {
      // It ended meanwhile.
    }
  }
  return cpuUs;
}

export function threadIds(): readonly string[] {
  try {
    return readdirSync(TASKS);
  } catch {
    return [];
  }
}
