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
import {
  type KeyedStateBackend,
  type KeyedStateView,
  type OperatorStateBackend,
  type OperatorStateView,
  SliceBudget,
} from '@millrace/state';
import type { KeyAccessSampler } from './key-access-sampler.ts';
import {
  type BroadcastEntryRow,
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
  /** From its restore on, where it has lists or broadcast maps. */
  readonly queriedOperatorState: OperatorStateBackend | undefined;
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
  readonly parallelism: number;
  /** Runs the action in the task's mailbox; never, once the task is over. */
  put(action: () => void): void;
}

interface HeldView {
  readonly keyed: KeyedStateView | undefined;
  readonly operator: OperatorStateView | undefined;
  readonly endsAt: number;
  timer: Timer;
}

type Refuse = (error: unknown) => void;

/** What a view shows beside keyed state: copied in the moment in which that is fixed, the last one if there are several. */
class ViewedMoment {
  takenAt = 0;
  operator: OperatorStateView | undefined;
  failure: unknown;
  private readonly clock: Clock;
  private readonly copy: () => OperatorStateView | undefined;

  constructor(clock: Clock, copy: () => OperatorStateView | undefined) {
    this.clock = clock;
    this.copy = copy;
  }

  /** Never throws: the backend is in the middle of its own. */
  fix(): void {
    this.takenAt = this.clock.now();
    this.failure = undefined;
    try {
      this.operator = this.copy();
    } catch (error) {
      this.failure = error;
    }
  }
}

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
      case 'read-broadcast-key':
        return this.readBroadcastKey(query);
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
    return [...this.parts.operators].flatMap(
      ([operatorId, { queriedState, queriedOperatorState }]) => {
        const keyed = queriedState && {
          keyGroups: plain(queriedState.keyGroupRange),
          ...queriedState.describe(),
        };
        const described = queriedOperatorState?.describe();
        const operator = described?.states.length === 0 ? undefined : described;
        return keyed === undefined && operator === undefined
          ? []
          : [{ operatorId, keyed, operator }];
      },
    );
  }

  private async readKey({
    operatorId,
    stateName,
    key: bytes,
  }: Extract<StateQuery, { kind: 'read-key' }>): Promise<StateAnswers['read-key']> {
    const backend = this.keyedBackendOf(operatorId);
    const { clock } = this.parts;
    const until = clock.now() + KEY_SLICE_MS;
    let rows = 0;
    const key = decoded(bytes, () => backend.keySerializer.deserialize(new DataInputView(bytes)));
    return backend.readKey(stateName, key, {
      maxRows: KEY_ROWS_MAX,
      maxBytes: KEY_BYTES,
      isOver: () => ++rows % CLOCK_EVERY_ROWS === 0 && clock.now() >= until,
    });
  }

  private readBroadcastKey({
    operatorId,
    stateName,
    key,
  }: Extract<StateQuery, { kind: 'read-broadcast-key' }>): BroadcastEntryRow {
    const backend = this.operatorBackendOf(operatorId);
    const rows = decoded(key, () => backend.readBroadcastKey(stateName, key));
    return { rows, parallelism: this.parts.parallelism };
  }

  private async openView(query: Extract<StateQuery, { kind: 'open-view' }>): Promise<OpenedView> {
    const { clock, settings, parallelism } = this.parts;
    const { operatorId, viewId, operatorStates } = query;
    const backend = query.keyed ? this.keyedBackendOf(operatorId) : undefined;
    const operatorBackend =
      operatorStates.length > 0 ? this.operatorBackendOf(operatorId) : undefined;
    if (this.views.size + this.opening >= settings.maxViews) {
      throw new TaskError(
        'TOO_MANY_STATE_VIEWS',
        `${this.parts.taskName} holds ${settings.maxViews} views of its state already; close one, or ` +
          `wait until one that is not read ends by itself`,
      );
    }
    const moment = new ViewedMoment(clock, () => operatorBackend?.openView(operatorStates));
    this.opening++;
    let keyed: KeyedStateView | undefined;
    try {
      keyed = await backend?.openView(() => moment.fix());
    } finally {
      this.opening--;
    }
    if (keyed === undefined) {
      moment.fix();
    }
    const failure = this.isClosed ? this.taskIsOver() : moment.failure;
    if (failure !== undefined) {
      keyed?.close();
      throw failure;
    }
    this.closeView(viewId);
    const { takenAt, operator } = moment;
    const endsAt = takenAt + settings.viewLifetimeMs;
    const held = { keyed, operator, endsAt, timer: this.expiry(viewId, endsAt) };
    this.views.set(viewId, held);
    return {
      keyed: keyed && { header: keyed.header, keyGroups: plain(keyed.keyGroupRange) },
      operator: operator?.described,
      parallelism,
      takenAt,
      expiresAt: clock.now() + settings.viewIdleTimeoutMs,
      endsAt,
    };
  }

  private readView({
    viewId,
    of,
    keyGroups,
    maxRows,
    ...request
  }: Extract<StateQuery, { kind: 'read-view' }>): StateAnswers['read-view'] {
    const held = this.views.get(viewId);
    const view = held?.[of];
    if (held === undefined || view === undefined) {
      throw new TaskError(
        'STATE_VIEW_EXPIRED',
        `the view ${viewId} of the state of ${this.parts.taskName} is over: it was not read for ` +
          `${this.parts.settings.viewIdleTimeoutMs} ms, it was closed, or the job has restarted since; open a new one`,
      );
    }
    held.timer.cancel();
    held.timer = this.expiry(viewId, held.endsAt);
    const budget = new SliceBudget(this.parts.clock, this.parts.sliceMs);
    return view.read({
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
    held?.keyed?.close();
  }

  private expiry(viewId: string, endsAt: number): Timer {
    const { clock, settings } = this.parts;
    const idleMs = Math.min(settings.viewIdleTimeoutMs, Math.max(0, endsAt - clock.now()));
    // Closed between records: its state is of this thread.
    return clock.setTimer(idleMs, () => this.parts.put(() => this.closeView(viewId)));
  }

  private hotKeys({ operatorId, limit }: Extract<StateQuery, { kind: 'hot-keys' }>): HotKeysOfTask {
    const keyGroups = plain(this.keyedBackendOf(operatorId).keyGroupRange);
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

  private keyedBackendOf(operatorId: string): KeyedStateBackend<unknown> {
    return this.known(this.parts.operators.get(operatorId)?.queriedState, operatorId, 'keyed');
  }

  private operatorBackendOf(operatorId: string): OperatorStateBackend {
    const backend = this.parts.operators.get(operatorId)?.queriedOperatorState;
    return this.known(backend, operatorId, 'operator');
  }

  private known<B>(backend: B | undefined, operatorId: string, kind: string): B {
    if (backend === undefined) {
      throw new ConfigError(
        'OPERATOR_UNKNOWN',
        `${this.parts.taskName} has no operator ${operatorId} with ${kind} state`,
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

/** @param decode - reads the bytes as a key */
function decoded<T>(bytes: Uint8Array, decode: () => T): T {
  try {
    return decode();
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
