/** Whether what was given by `-D` are settings. */
import { reasonAgainstProperty } from '@millrace/runtime/configuration';
import { UsageError } from '../usage-error.ts';

/** @throws UsageError for one that names no key, or no value of a key that is no boolean */
export function checkSettings(settings: readonly string[]): void {
  for (const setting of settings) {
    const reason = reasonAgainstProperty(setting);
    if (reason !== undefined) {
      throw new UsageError(reason);
    }
  }
}
