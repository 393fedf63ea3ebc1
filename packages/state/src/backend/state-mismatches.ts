/**
 * Gathers the states of a job that do not fit its snapshot, so that they are told all together and
 * before a record flows.
 *
 * Invariants:
 * - What is reported before `end` is kept; what is reported later, by a state that is declared while
 *   records flow, is thrown at once.
 * - The same mismatch of several subtasks is told once.
 */
import type { ConfigError } from '@millrace/core';
import { type ReportStateMismatch, stateMismatch } from './serializer-verdict.ts';

export class StateMismatches {
  readonly report: ReportStateMismatch = (mismatch) => {
    if (this.ended) {
      throw mismatch;
    }
    this.messages.add(mismatch.message);
  };
  private readonly messages = new Set<string>();
  private ended = false;

  /** All tasks have opened. @returns `STATE_INCOMPATIBLE` with every mismatch, to be thrown */
  end(): ConfigError | undefined {
    this.ended = true;
    return this.messages.size === 0 ? undefined : mismatchOf([...this.messages]);
  }
}

const BULLET = '\n- ';

function mismatchOf(messages: readonly string[]): ConfigError {
  const count = messages.length === 1 ? '1 state does' : `${messages.length} states do`;
  return stateMismatch(
    `${count} not fit the snapshot; nothing was processed, and the snapshot is as it was:` +
      messages.map((message) => `${BULLET}${message}`).join(''),
  );
}

/** What `end` gave for several parts of a job, also in other threads, as one: each mismatch once. */
export function joinMismatches(errors: readonly Error[]): ConfigError {
  const messages = errors.flatMap(({ message }) => {
    const [head = message, ...mismatches] = message.split(BULLET);
    return mismatches.length === 0 ? [head] : mismatches;
  });
  return mismatchOf([...new Set(messages)]);
}
