/** What state and a whole process take, and how long a process takes to its first result. */
import type { CompareContext } from '../compare-sections.ts';
import type { ComparedBackendName } from '../report/compared-line.ts';
import { compareBytesPerEntry } from './bytes-per-entry.ts';
import { compareResidentMemory } from './resident-memory.ts';
import { compareStartUp } from './start-up.ts';

export async function compareMemory(
  backends: readonly ComparedBackendName[],
  context: CompareContext,
): Promise<void> {
  if (backends.includes('heap')) {
    await compareBytesPerEntry(context);
  }
  for (const backend of backends) {
    await compareResidentMemory(backend, context);
  }
  if (backends.includes('heap')) {
    await compareStartUp(context);
  }
}
