/** What a file sink has made visible. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Every file that is not hidden, in any bucket. */
export function committedFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => join(entry.parentPath, entry.name));
}
