/**
 * Lists and broadcast maps of one subtask while it runs, from a view that is open there.
 *
 * Invariant: one page at a time is asked for, and the next only when somebody wants it.
 */
import { DataInputView } from '@millrace/core';
import type { StateAnswer, StateQuery } from '@millrace/runtime';
import {
  batchesOfPage,
  type DescribedOperatorState,
  type KeyedStateRowBatch,
  type OperatorStatesDescription,
  type StateMetaInfoSnapshot,
  type ViewPlace,
} from '@millrace/state';
import { decodeOperatorHead } from '../snapshot/keyed-state-head.ts';
import type { OperatorStateRowReader } from '../snapshot/snapshot.ts';

const PAGE_ROWS = 1000;

export interface LiveOperatorStateReaderOptions {
  readonly viewId: string;
  /** Of the view. */
  readonly opened: OperatorStatesDescription;
  /** Of the subtask. */
  ask<Q extends StateQuery>(query: Q): Promise<StateAnswer<Q>>;
}

export class LiveOperatorStateReader implements OperatorStateRowReader {
  readonly states: readonly DescribedOperatorState[];
  readonly metaInfos: ReadonlyMap<string, StateMetaInfoSnapshot>;
  private readonly options: LiveOperatorStateReaderOptions;

  constructor(options: LiveOperatorStateReaderOptions) {
    const { header, states } = options.opened;
    this.options = options;
    this.states = states;
    const head = decodeOperatorHead(new DataInputView(header));
    this.metaInfos = new Map(head.states.map((state) => [state.name, state]));
  }

  /** @throws TaskError `STATE_VIEW_EXPIRED`, `JOB_NOT_RUNNING` */
  async *rows(stateName: string): AsyncGenerator<KeyedStateRowBatch, void, undefined> {
    const { ask, viewId } = this.options;
    const stateId = this.states.findIndex(({ name }) => name === stateName);
    if (stateId < 0) {
      return;
    }
    const query = { kind: 'read-view', of: 'operator', viewId, maxRows: PAGE_ROWS } as const;
    let after: ViewPlace | undefined;
    do {
      const page = await ask({ ...query, after, stateIds: [stateId] });
      yield* batchesOfPage(page.rows);
      after = page.next;
    } while (after !== undefined);
  }
}
