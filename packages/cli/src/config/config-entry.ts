/** A setting of a file, with its place, and what is wrong with settings. */

export interface ConfigEntry {
  readonly key: string;
  readonly raw: unknown;
  /** As it was given to the command. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, of the key. */
  readonly column: number;
}

/**
 * `error`: a start fails, or the setting is not what was meant. `warning`: it has no effect, or soon has
 * none. `info`: Millrace does not use it.
 */
export type Severity = 'error' | 'warning' | 'info';

export interface Finding {
  readonly severity: Severity;
  readonly rule:
    | 'syntax'
    | 'unknown-key'
    | 'deprecated-key'
    | 'duplicate-key'
    | 'wrong-value'
    | 'unsupported-value'
    | 'conflict'
    | 'unused-key';
  readonly key?: string;
  readonly message: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}
