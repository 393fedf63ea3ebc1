import type { RuntimeContext } from './runtime-context.ts';

export interface OpenContext {
  readonly taskName: string;
}

/**
 * A function with a life cycle: `open` once before the first record, `close` once after the last,
 * also when the task fails.
 *
 * Each attempt of each subtask works on its own copy of the function object: plain containers in its
 * fields are copied, all else is shared. Fields that belong to one subtask are set in `open`. A class
 * that cannot be copied (`#private` members, arrow functions in fields that use `this`) is refused
 * when the program is built; give a factory instead: `process(() => new Count())`.
 *
 * Flink: AbstractRichFunction.
 */
export abstract class RichFunction {
  /** Set by the engine before `open`. */
  runtimeContext!: RuntimeContext;

  open(_context: OpenContext): void | Promise<void> {}

  close(): void | Promise<void> {}
}
