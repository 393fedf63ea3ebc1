/**
 * Answers what is asked of the state of one task, between its records.
 *
 * Invariants:
 * - Each query is answered once: with what was asked for, with an error, or, when the task ends, with
 *   `JOB_NOT_RUNNING`. None waits in a task that is over.
 * - A task holds at most `maxViews` views; one that is not read for `viewIdleTimeoutMs`, or is as old
 *   as `viewLifetimeMs`, is closed, and all are when the task ends.
 * - A page takes no longer than `sliceMs`, but for a single row; what a key has no longer than
 *   `KEY_SLICE_MS`, since it cannot be gone on with after the next record, and says that it is cut.
 */
import {
  type Clock,
  ConfigError,
  DataInputView,
  errorMessage,
  KeyGroupRange,
  TaskError,
  type Timer,
} from '@millrace/core';
import { type KeyedStateBackend, type KeyedStateView, SliceBudget } from '@millrace/state';
import type { KeyAccessSampler } from './key-access-sampler.ts';
import {
  type HotKeysOfTask,
  KEY_ROWS_MAX,
  type KeyGroups,
  type OpenedView,
  type OperatorStateDescription,
  PAGE_ROWS_MAX,
  type StateAnswer,
  type StateAnswers,
  type StateQuery,
} from './state-query.ts';

const PAGE_BYTES = 256 * 1024;
const KEY_BYTES = 4 * 1024 * 1024;
const KEY_SLICE_MS = 25; // 10,000 rows of some 2 us
const CLOCK_EVERY_ROWS = 32;
/** For how long accesses are counted after somebody asked. */
const WATCH_MS = 60_000;

/** What an operator shows of itself. */
export interface QueriedOperator {
  /** From its restore on, where it has keys. */
  readonly queriedState: KeyedStateBackend<unknown> | undefined;
  /** Begins or ends to count accesses by key; nothing in an operator without keys. */
  watchKeyAccesses(on: boolean): KeyAccessSampler<unknown> | undefined;
}

export interface LiveStateSettings {
  /** Of one task. */
  readonly maxViews: number;
  readonly viewIdleTimeoutMs: number;
  readonly viewLifetimeMs: number;
}

export const LIVE_STATE_DEFAULTS: LiveStateSettings = {
  maxViews: 8,
  viewIdleTimeoutMs: 60_000,
  viewLifetimeMs: 600_000,
};

export interface TaskStateQueriesParts {
  /** By id. */
  readonly operators: ReadonlyMap<string, QueriedOperator>;
  readonly clock: Clock;
  readonly sliceMs: number;
  readonly settings: LiveStateSettings;
  /** For messages. */
  readonly taskName: string;
  /** Runs the action in the task's mailbox; never, once the task is over. */
  put(action: () => void): void;
}

interface HeldView {
  readonly view: KeyedStateView;
  readonly endsAt: number;
  timer: Timer;
}

type Refuse = (error: unknown) => void;

export class TaskStateQueries {
  private readonly parts: TaskStateQueriesParts;
  private readonly waiting = new Set<Refuse>();
  private readonly views = new Map<string, HeldView>();
  /** Being opened: they count. */
  private opening = 0;
  private readonly watched = new Map<string, Timer>();
  private isClosed = false;

  constructor(parts: TaskStateQueriesParts) {
    this.parts = parts;
  }

  /**
   * @throws TaskError `JOB_NOT_RUNNING`, `STATE_VIEW_EXPIRED`, `TOO_MANY_STATE_VIEWS`
   * @throws ConfigError `OPERATOR_UNKNOWN`, `KEY_NOT_DETERMINISTIC`, `VALUE_NOT_SERIALIZABLE`
   */
  ask<Q extends StateQuery>(query: Q): Promise<StateAnswer<Q>> {
    if (this.isClosed) {
      return Promise.reject(this.taskIsOver());
    }
    return new Promise((resolve, reject) => {
      this.waiting.add(reject);
      const settle = (answer: () => void): void => {
        this.waiting.delete(reject);
        answer();
      };
      this.parts.put(() => {
        this.answer(query).then(
          (answer) => settle(() => resolve(answer as StateAnswer<Q>)),
          (error: unknown) => settle(() => reject(error)),
        );
      });
    });
  }

  /** The task is over. */
  close(): void {
    this.isClosed = true;
    for (const id of [...this.views.keys()]) {
      this.closeView(id);
    }
    for (const timer of this.watched.values()) {
      timer.cancel();
    }
    const error = this.taskIsOver();
    for (const refuse of this.waiting) {
      refuse(error);
    }
    this.waiting.clear();
  }

  private async answer(query: StateQuery): Promise<StateAnswers[keyof StateAnswers]> {
    switch (query.kind) {
      case 'describe':
        return this.describe();
      case 'read-key':
        return this.readKey(query);
      case 'open-view':
        return this.openView(query);
      case 'read-view':
        return this.readView(query);
      case 'close-view':
        this.closeView(query.viewId);
        return undefined;
      case 'hot-keys':
        return this.hotKeys(query);
    }
  }

  private describe(): readonly OperatorStateDescription[] {
    return [...this.parts.operators].flatMap(([operatorId, { queriedState }]) =>
      queriedState === undefined
        ? []
        : [
            {
              operatorId,
              keyGroups: plain(queriedState.keyGroupRange),
              ...queriedState.describe(),
            },
          ],
    );
  }

  private async readKey({
    operatorId,
    stateName,
    key: bytes,
  }: Extract<StateQuery, { kind: 'read-key' }>): Promise<StateAnswers['read-key']> {
    const backend = this.backendOf(operatorId);
    const { clock } = this.parts;
    const until = clock.now() + KEY_SLICE_MS;
    let rows = 0;
    return backend.readKey(stateName, decodedKey(backend, bytes), {
      maxRows: KEY_ROWS_MAX,
      maxBytes: KEY_BYTES,
      isOver: () => ++rows % CLOCK_EVERY_ROWS === 0 && clock.now() >= until,
    });
  }

  private async openView({
    operatorId,
    viewId,
  }: Extract<StateQuery, { kind: 'open-view' }>): Promise<OpenedView> {
    const { clock, settings } = this.parts;
    const backend = this.backendOf(operatorId);
    if (this.views.size + this.opening >= settings.maxViews) {
      throw new TaskError(
        'TOO_MANY_STATE_VIEWS',
        `${this.parts.taskName} holds ${settings.maxViews} views of its state already; close one, or ` +
          `wait until one that is not read ends by itself`,
      );
    }
    let takenAt = clock.now();
    this.opening++;
    let view: KeyedStateView;
    try {
      view = await backend.openView(() => {
        takenAt = clock.now();
      });
    } finally {
      this.opening--;
    }
    if (this.isClosed) {
      view.close();
      throw this.taskIsOver();
    }
    this.closeView(viewId);
    const endsAt = takenAt + settings.viewLifetimeMs;
    const held = { view, endsAt, timer: this.expiry(viewId, endsAt) };
    this.views.set(viewId, held);
    return {
      header: view.header,
      keyGroups: plain(view.keyGroupRange),
      takenAt,
      expiresAt: clock.now() + settings.viewIdleTimeoutMs,
      endsAt,
    };
  }

  private readView({
    viewId,
    keyGroups,
    maxRows,
    ...request
  }: Extract<StateQuery, { kind: 'read-view' }>): StateAnswers['read-view'] {
    const held = this.views.get(viewId);
    if (held === undefined) {
      throw new TaskError(
        'STATE_VIEW_EXPIRED',
        `the view ${viewId} of the state of ${this.parts.taskName} is over: it was not read for ` +
          `${this.parts.settings.viewIdleTimeoutMs} ms, it was closed, or the job has restarted since; open a new one`,
      );
    }
    held.timer.cancel();
    held.timer = this.expiry(viewId, held.endsAt);
    const budget = new SliceBudget(this.parts.clock, this.parts.sliceMs);
    return held.view.read({
      ...request,
      keyGroups: keyGroups && new KeyGroupRange(keyGroups.startKeyGroup, keyGroups.endKeyGroup),
      maxRows: Math.min(Math.max(1, maxRows), PAGE_ROWS_MAX),
      maxBytes: PAGE_BYTES,
      isOver: () => budget.spend(),
    });
  }

  private closeView(viewId: string): void {
    const held = this.views.get(viewId);
    this.views.delete(viewId);
    held?.timer.cancel();
    held?.view.close();
  }

  private expiry(viewId: string, endsAt: number): Timer {
    const { clock, settings } = this.parts;
    const idleMs = Math.min(settings.viewIdleTimeoutMs, Math.max(0, endsAt - clock.now()));
    // Closed between records: its state is of this thread.
    return clock.setTimer(idleMs, () => this.parts.put(() => this.closeView(viewId)));
  }

  private hotKeys({ operatorId, limit }: Extract<StateQuery, { kind: 'hot-keys' }>): HotKeysOfTask {
    const keyGroups = plain(this.backendOf(operatorId).keyGroupRange);
    const operator = this.parts.operators.get(operatorId) as QueriedOperator;
    this.watched.get(operatorId)?.cancel();
    const stop = (): void => {
      this.watched.delete(operatorId);
      operator.watchKeyAccesses(false);
    };
    this.watched.set(
      operatorId,
      this.parts.clock.setTimer(WATCH_MS, () => this.parts.put(stop)),
    );
    const none = { sampledAccesses: 0, samplingInterval: 1, keys: [] };
    const hot = operator.watchKeyAccesses(true)?.hotKeys(limit) ?? none;
    return { ...hot, keyGroups };
  }

  private backendOf(operatorId: string): KeyedStateBackend<unknown> {
    const backend = this.parts.operators.get(operatorId)?.queriedState;
    if (backend === undefined) {
      throw new ConfigError(
        'OPERATOR_UNKNOWN',
        `${this.parts.taskName} has no operator ${operatorId} with keyed state`,
      );
    }
    return backend;
  }

  private taskIsOver(): TaskError {
    return new TaskError(
      'JOB_NOT_RUNNING',
      `${this.parts.taskName} does not run any more, and its state cannot be read; if the job restarts or is rescaled, ask again once it runs`,
    );
  }
}

function decodedKey(backend: KeyedStateBackend<unknown>, bytes: Uint8Array): unknown {
  try {
    return backend.keySerializer.deserialize(new DataInputView(bytes));
  } catch (error) {
    throw new ConfigError(
      'VALUE_NOT_SERIALIZABLE',
      `the ${bytes.length} bytes that were given are no key of the operator: ${errorMessage(error)}`,
      { cause: error },
    );
  }
}

function plain({ startKeyGroup, endKeyGroup }: KeyGroupRange): KeyGroups {
  return { startKeyGroup, endKeyGroup };
}
