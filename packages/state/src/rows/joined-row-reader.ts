/**
 * The rows of two readers as those of one: managed keyed state, and the timers beside it.
 *
 * Invariant: key groups come in ascending order, in each the rows of the first reader before those of
 * the second, whose states follow those of the first.
 */
import type { KeyGroupRange } from '@millrace/core';
import type { KeyedBackendHeader } from '../formats/keyed-backend-header.ts';
import { closeReaders } from './close-readers.ts';
import type { KeyedStateRowBatch, KeyedStateRowReader } from './keyed-state-rows.ts';

export class JoinedRowReader implements KeyedStateRowReader {
  readonly source: string;
  readonly header: KeyedBackendHeader;
  readonly keyGroupRange: KeyGroupRange;
  private readonly first: KeyedStateRowReader;
  private readonly second: KeyedStateRowReader;

  constructor(first: KeyedStateRowReader, second: KeyedStateRowReader) {
    this.source = first.source;
    this.header = {
      ...first.header,
      states: [...first.header.states, ...second.header.states],
    };
    this.keyGroupRange = first.keyGroupRange;
    this.first = first;
    this.second = second;
  }

  async *rows(
    keyGroups: KeyGroupRange = this.keyGroupRange,
  ): AsyncGenerator<KeyedStateRowBatch, void, undefined> {
    const second = this.second.rows(keyGroups);
    try {
      let ahead = await second.next();
      for await (const batch of this.first.rows(keyGroups)) {
        for (; ahead.done !== true && ahead.value.keyGroup < batch.keyGroup; ) {
          yield this.moved(ahead.value);
          ahead = await second.next();
        }
        yield batch;
      }
      for (; ahead.done !== true; ahead = await second.next()) {
        yield this.moved(ahead.value);
      }
    } finally {
      await second.return();
    }
  }

  async close(): Promise<void> {
    await closeReaders([this.first, this.second]);
  }

  private moved(batch: KeyedStateRowBatch): KeyedStateRowBatch {
    const { source } = this.second;
    const before = this.first.header.states.length;
    const rows = batch.rows.map((row) => ({ ...row, stateId: row.stateId + before }));
    return { source, ...batch, rows };
  }
}
