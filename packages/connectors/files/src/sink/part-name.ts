/**
 * Names of part files. While a part is written its name is hidden (`.part-0-7.inprogress.<id>`);
 * its final name (`part-0-7`) follows from subtask and counter alone, so equal runs give equal
 * folders.
 *
 * Flink: Bucket.assembleNewPartPath, OutputFileConfig.
 */
import { ConfigError } from '@millrace/core';

export interface OutputFileConfig {
  /** Before `-<subtask>-<counter>`; `part` unless set. */
  readonly partPrefix?: string;
  /** After them, such as `.json`; empty unless set. */
  readonly partSuffix?: string;
}

export class PartNames {
  private readonly prefix: string;
  private readonly suffix: string;
  private readonly subtaskId: number;

  /** @throws ConfigError `CONFIG_VALUE_INVALID` for a prefix that would hide the results */
  constructor(config: OutputFileConfig, subtaskId: number) {
    this.prefix = config.partPrefix ?? 'part';
    this.suffix = config.partSuffix ?? '';
    this.subtaskId = subtaskId;
    if (/^[._]|^$/.test(this.prefix) || /[/\\]/.test(this.prefix + this.suffix)) {
      throw new ConfigError(
        'CONFIG_VALUE_INVALID',
        `parts cannot be named '${this.prefix}-0-0${this.suffix}'; use a prefix that is not ` +
          "empty, does not begin with '.' or '_', and no slash",
      );
    }
  }

  committed(counter: number): string {
    return `${this.prefix}-${this.subtaskId}-${counter}${this.suffix}`;
  }

  inProgress(counter: number, uniqueId: string): string {
    return `.${this.prefix}-${this.subtaskId}-${counter}.inprogress.${uniqueId}`;
  }

  /** Counter of a committed part of this subtask, whatever its suffix; else `undefined`. */
  committedCounter(name: string): number | undefined {
    return this.counterAfter(`${this.prefix}-${this.subtaskId}-`, name, /^\d+(?!\d)/);
  }

  /** Counter of a hidden part of this subtask; else `undefined`. */
  inProgressCounter(name: string): number | undefined {
    const start = `.${this.prefix}-${this.subtaskId}-`;
    return this.counterAfter(start, name, /^\d+(?=\.inprogress\.)/);
  }

  private counterAfter(start: string, name: string, digits: RegExp): number | undefined {
    const counter = name.startsWith(start) ? digits.exec(name.slice(start.length))?.[0] : undefined;
    return counter === undefined ? undefined : Number(counter);
  }
}
