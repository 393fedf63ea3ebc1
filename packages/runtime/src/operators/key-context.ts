/**
 * Sets the key of each record before an operator touches it.
 *
 * Flink: KeyContext, AbstractStreamOperator.setKeyContextElement.
 */
// Hot path.

import type { KeySelector, TypeInformation } from '@millrace/core';

/** What an operator after `keyBy` is given. Both or neither. */
export interface KeyedInputOptions<IN, K> {
  readonly keySelector: KeySelector<IN, K>;
  readonly keyType: TypeInformation<K>;
  /** For messages: where the program says so, `/jobs/sums.ts:12:6`. */
  readonly keyedAt?: string | undefined;
}

export interface OptionalKeyedInputOptions<IN, K> {
  readonly keySelector?: KeySelector<IN, K> | undefined;
  readonly keyType?: TypeInformation<K> | undefined;
  readonly keyedAt?: string | undefined;
}

/** A record as error messages show it: short, whatever it is. */
export function describeRecord(value: unknown): string {
  let text: string;
  try {
    text = JSON.stringify(value, (_key, part) =>
      typeof part === 'bigint' ? `${part}` : part,
    ) as string;
  } catch {
    // A cycle: the class is all that can be said.
    text = String(value);
  }
  text = text ?? String(value);
  return text.length > MAX_RECORD_TEXT ? `${text.slice(0, MAX_RECORD_TEXT)}…` : text;
}

const MAX_RECORD_TEXT = 200;
