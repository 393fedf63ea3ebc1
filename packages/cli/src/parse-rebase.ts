/** The option `--rebase`. */
import type { PathRebase } from '@millrace/state';
import { UsageError } from './usage-error.ts';

/** `FROM=TO`; the sign may be in neither, but in the schemes of object stores. */
export function parseRebase(text: string, before: readonly PathRebase[] = []): PathRebase[] {
  const at = text.indexOf('=');
  if (at <= 0 || at === text.length - 1) {
    throw new UsageError(
      `--rebase ${text}: give FROM=TO, the folder that the snapshot names and the one where its files are now`,
    );
  }
  return [...before, { from: text.slice(0, at), to: text.slice(at + 1) }];
}
