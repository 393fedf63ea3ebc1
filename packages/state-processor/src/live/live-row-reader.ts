/**
 * Rows of one subtask's keyed state while it runs, from a view that is open there: what reads snapshots
 * reads it as one of their files.
 *
 * Invariant: one page at a time is asked for, and the next only when somebody wants it.
 */
import { DataInputView, KeyGroupRange } from '@millrace/core';
import type { KeyedStateDescription, StateAnswer, StateQuery } from '@millrace/runtime';
import {
  batchesOfPage,
  type KeyedBackendHeader,
  type KeyedStateRowBatch,
  type KeyedStateRowReader,
  readKeyedBackendHeader,
  type ViewPlace,
} from '@millrace/state';

const PAGE_ROWS = 1000;

export interface LiveRowReaderOptions {
  /** For messages: `the live state of Counter, subtask 1`. */
  readonly source: string;
  readonly viewId: string;
  /** Of the view. */
  readonly opened: Pick<KeyedStateDescription, 'header' | 'keyGroups'>;
  /** All when it is left out. */
  readonly stateNames: readonly string[] | undefined;
  /** Of the subtask. */
  ask<Q extends StateQuery>(query: Q): Promise<StateAnswer<Q>>;
}

export class LiveRowReader implements KeyedStateRowReader {
  readonly source: string;
  readonly header: KeyedBackendHeader;
  readonly keyGroupRange: KeyGroupRange;
  private readonly options: LiveRowReaderOptions;

  /** @throws CheckpointError `SERIALIZER_SNAPSHOT_UNKNOWN` for a type of the program's that is not known here */
  constructor(options: LiveRowReaderOptions) {
    const { startKeyGroup, endKeyGroup } = options.opened.keyGroups;
    this.options = options;
    this.source = options.source;
    this.header = readKeyedBackendHeader(new DataInputView(options.opened.header));
    this.keyGroupRange = new KeyGroupRange(startKeyGroup, endKeyGroup);
  }

  /** @throws TaskError `STATE_VIEW_EXPIRED`, `JOB_NOT_RUNNING` */
  async *rows(keyGroups?: KeyGroupRange): AsyncGenerator<KeyedStateRowBatch, void, undefined> {
    const { ask, viewId } = this.options;
    const stateIds = this.stateIds();
    if (stateIds?.length === 0) {
      return;
    }
    let after: ViewPlace | undefined;
    do {
      const page = await ask({
        ...{ kind: 'read-view', of: 'keyed', viewId, after, stateIds, maxRows: PAGE_ROWS },
        keyGroups: keyGroups && {
          startKeyGroup: keyGroups.startKeyGroup,
          endKeyGroup: keyGroups.endKeyGroup,
        },
      });
      yield* batchesOfPage(page.rows);
      after = page.next;
    } while (after !== undefined);
  }

  /** Its view is closed by who opened it. */
  async close(): Promise<void> {}

  private stateIds(): number[] | undefined {
    const { stateNames } = this.options;
    return stateNames
      ?.flatMap((name) => {
        const stateId = this.header.states.findIndex((state) => state.name === name);
        return stateId < 0 ? [] : [stateId];
      })
      .sort((a, b) => a - b);
  }
}
