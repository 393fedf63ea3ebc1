/**
 * The state of a job that runs, read as a snapshot is: described at once, a key as it is now, and all of it
 * by a view.
 *
 * Invariants:
 * - A view shows each subtask's state as of one moment between two of its records. The moments of
 *   several subtasks are close together, but not one: what must be consistent over the whole job is
 *   asked of a checkpoint.
 * - A view is of all key groups that were asked for, and of the operator state of all subtasks that have not
 *   finished, or is refused: never silently of a part of them.
 * - What was described of an attempt that is over is described anew, once for each ask.
 * - A view that fails to open leaves none of its parts open.
 */
import { randomUUID } from 'node:crypto';
import {
  ConfigError,
  errorCode,
  errorMessage,
  type KeyGroupRange,
  TaskError,
} from '@millrace/core';
import type { HotKeys, KeyGroups, OpenedView, StateAnswer, StateQuery } from '@millrace/runtime';
import type { KeyRows, RowPage } from '@millrace/state';
import { selectOperator } from '../snapshot/open-snapshot.ts';
import type { SnapshotOperator, StateSource } from '../snapshot/snapshot.ts';
import {
  checkCovered,
  checkSameKeyGroups,
  checkSameParallelism,
  describeLiveState,
  hasKeyedState,
  type KeyedSubtask,
  keyedSubtasks,
  type LiveOperator,
} from './describe-live-state.ts';
import { LiveOperatorStateReader } from './live-operator-state-reader.ts';
import { LiveRowReader } from './live-row-reader.ts';
import type { LiveStateGateway } from './live-state-gateway.ts';

export interface LiveView extends StateSource {
  readonly operator: (selector: string) => SnapshotOperator;
  /** When the last of its parts was fixed, ms since the epoch. */
  readonly takenAt: number;
  /** It ends then, however often it is read. */
  readonly endsAt: number;
  close(): Promise<void>;
}

/** @throws TaskError `JOB_NOT_FOUND`, `JOB_NOT_RUNNING` */
export async function openLiveState(gateway: LiveStateGateway, jobId: string): Promise<LiveState> {
  return new LiveState(gateway, jobId, await describeLiveState(gateway, jobId));
}

/** Of no use, or of another attempt, when the job was restarted or rescaled since it was described. */
const OUTDATED = new Set(['JOB_NOT_RUNNING', 'KEY_NOT_DETERMINISTIC', 'OPERATOR_UNKNOWN']);

export class LiveState implements StateSource {
  readonly jobId: string;
  private readonly gateway: LiveStateGateway;
  private live: readonly LiveOperator[];
  private describing: Promise<void> | undefined;

  constructor(gateway: LiveStateGateway, jobId: string, live: readonly LiveOperator[]) {
    this.gateway = gateway;
    this.jobId = jobId;
    this.live = live;
  }

  /** As they were described last. */
  get operators(): readonly SnapshotOperator[] {
    return this.live.map(({ described }) => described);
  }

  /** @throws CheckpointError `OPERATOR_NOT_IN_SNAPSHOT` that names the nearest */
  operator(selector: string): SnapshotOperator {
    return selectOperator(this.operators, selector, 'the job');
  }

  liveOperator(selector: string): LiveOperator {
    return this.known(this.operator(selector).operatorId) as LiveOperator;
  }

  openStateHandle(): Promise<never> {
    return Promise.reject(new Error('live state is in no file'));
  }

  /**
   * @param wanted - all states and key groups where they are left out; operator state has no key groups, and is left out
   * where some are given
   * @throws TaskError `JOB_NOT_RUNNING` also where a part of the wanted key groups is of no subtask that
   * runs, `TOO_MANY_STATE_VIEWS`
   */
  openView(selector: string, wanted: WantedState = {}): Promise<LiveView> {
    const { operatorId } = this.operator(selector);
    return this.withCurrent(operatorId, (operator) => this.openViewOf(operator, wanted));
  }

  /**
   * The rows of a key in one state, as they are now: at most `KEY_ROWS_MAX`, 4 MB or what is read in 25 ms.
   *
   * @throws TaskError `JOB_NOT_RUNNING` also where no subtask that runs has the key group
   */
  readKey(
    operator: LiveOperator,
    of: { readonly stateName: string; readonly key: Uint8Array; readonly keyGroup: number },
  ): Promise<KeyRows & { readonly subtask: number }> {
    const { operatorId } = operator.described;
    const { stateName, key, keyGroup } = of;
    return this.withCurrent(operatorId, async (current) => {
      const only = { startKeyGroup: keyGroup, endKeyGroup: keyGroup };
      const part = keyedSubtasks(current).find(({ keyGroups }) => overlap(keyGroups, only));
      if (part === undefined) {
        checkCovered(current, [], only);
      }
      const { subtask } = part as KeyedSubtask;
      const found = await this.asking(
        current,
        subtask,
      )({
        kind: 'read-key',
        ...{ operatorId, stateName, key },
      });
      return { subtask, ...found };
    });
  }

  /** What each subtask's copy of a broadcast state has under a key, now. @throws TaskError `JOB_NOT_RUNNING` */
  readBroadcastKey(
    operator: LiveOperator,
    of: { readonly stateName: string; readonly key: Uint8Array },
  ): Promise<readonly BroadcastCopy[]> {
    const { operatorId } = operator.described;
    const query = { kind: 'read-broadcast-key', operatorId, ...of } as const;
    return this.withCurrent(operatorId, (current) =>
      Promise.all(
        current.subtasks.map(async ({ subtask }) => {
          const { rows, parallelism } = await this.asking(current, subtask)(query);
          checkSameParallelism(current, parallelism);
          return { subtask, rows };
        }),
      ),
    );
  }

  /**
   * Of each subtask.
   *
   * @throws TaskError `JOB_NOT_RUNNING`
   * @throws ConfigError `UNSUPPORTED` for an operator without keys
   */
  async hotKeys(operator: LiveOperator, limit: number): Promise<readonly HotKeys[]> {
    const { operatorId, name } = operator.described;
    if (!hasKeyedState(operator)) {
      throw new ConfigError('UNSUPPORTED', `${name} has no keyed state, and so no hot keys`);
    }
    return this.withCurrent(operatorId, async (current) => {
      const parts = await Promise.all(
        current.subtasks.map(async ({ subtask }) => {
          const part = await this.asking(current, subtask)({ kind: 'hot-keys', operatorId, limit });
          checkSameKeyGroups(current, subtask, part.keyGroups);
          return part;
        }),
      );
      return parts;
    });
  }

  private known(operatorId: string): LiveOperator | undefined {
    return this.live.find(({ described }) => described.operatorId === operatorId);
  }

  /** Describes the job once more where what is known of it does not hold any longer. */
  private async withCurrent<T>(
    operatorId: string,
    act: (operator: LiveOperator) => Promise<T>,
  ): Promise<T> {
    try {
      return await act(this.known(operatorId) as LiveOperator);
    } catch (error) {
      if (!OUTDATED.has(errorCode(error) ?? '')) {
        throw error;
      }
    }
    await this.describeAgain();
    try {
      return await act(this.known(operatorId) as LiveOperator);
    } catch (error) {
      throw OUTDATED.has(errorCode(error) ?? '') ? notRunning(error) : error;
    }
  }

  /** Those that ask meanwhile wait for the same. */
  private describeAgain(): Promise<void> {
    this.describing ??= describeLiveState(this.gateway, this.jobId)
      .then((now) => {
        const ids = new Set(now.map(({ described }) => described.operatorId));
        // What has finished is still known by its name, and says that it does not run.
        this.live = [...now, ...this.live.filter((each) => !ids.has(each.described.operatorId))];
      })
      .finally(() => {
        this.describing = undefined;
      });
    return this.describing;
  }

  private async openViewOf(operator: LiveOperator, wanted: WantedState): Promise<LiveView> {
    const { described } = operator;
    const { keyed, operatorStates, keyGroups } = partsOf(operator, wanted);
    if (keyed) {
      checkCovered(
        operator,
        keyedSubtasks(operator).map((each) => each.keyGroups),
        keyGroups,
      );
    }
    const viewId = randomUUID();
    const outcomes = await Promise.allSettled(
      operator.subtasks.flatMap(({ subtask, description }) => {
        const isOfKeys =
          keyed &&
          description.keyed !== undefined &&
          overlap(description.keyed.keyGroups, keyGroups);
        return isOfKeys || operatorStates.length > 0
          ? [this.openPart(operator, { subtask, viewId, keyed: isOfKeys, operatorStates })]
          : [];
      }),
    );
    const parts = outcomes.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    const close = async (): Promise<void> => {
      await Promise.all(parts.map((part) => part.close()));
    };
    try {
      const failed = outcomes.find((each) => each.status === 'rejected');
      if (failed !== undefined) {
        throw failed.reason;
      }
      for (const { subtask, opened } of parts) {
        checkAsDescribed(operator, subtask, opened);
      }
      return {
        ...this.viewed({ ...described, ...readersOf(parts, wanted.states) }),
        takenAt: Math.max(0, ...parts.map(({ opened }) => opened.takenAt)),
        endsAt: Math.min(Number.MAX_SAFE_INTEGER, ...parts.map(({ opened }) => opened.endsAt)),
        close,
      };
    } catch (error) {
      await close();
      throw error;
    }
  }

  private viewed(operator: SnapshotOperator): StateSource {
    return {
      operators: [operator],
      operator: (asked) => selectOperator([operator], asked, 'the job'),
      openStateHandle: () => this.openStateHandle(),
    };
  }

  private async openPart(
    operator: LiveOperator,
    of: { readonly subtask: number } & Pick<
      Extract<StateQuery, { kind: 'open-view' }>,
      'viewId' | 'keyed' | 'operatorStates'
    >,
  ): Promise<OpenPart> {
    const { operatorId, name } = operator.described;
    const { subtask, ...query } = of;
    const { viewId } = query;
    const ask = this.asking(operator, subtask);
    const opened = await ask({ kind: 'open-view', operatorId, ...query });
    let isClosed = false;
    return {
      subtask,
      source: `the live state of ${name}, subtask ${subtask}`,
      viewId,
      opened,
      ask,
      close: async () => {
        if (!isClosed) {
          isClosed = true;
          await ask({ kind: 'close-view', viewId }).catch(() => {}); // It ended with its task.
        }
      },
    };
  }

  private asking({ vertexId }: LiveOperator, subtask: number): AskSubtask {
    return (query) => this.gateway.queryState(this.jobId, { vertexId, subtask }, query);
  }
}

interface WantedState {
  readonly states?: readonly string[] | undefined;
  readonly keyGroups?: KeyGroupRange | undefined;
}

type AskSubtask = <Q extends StateQuery>(query: Q) => Promise<StateAnswer<Q>>;

/** A view of one subtask. */
interface OpenPart {
  readonly subtask: number;
  /** For messages. */
  readonly source: string;
  readonly viewId: string;
  readonly opened: OpenedView;
  readonly ask: AskSubtask;
  close(): Promise<void>;
}

export interface BroadcastCopy {
  readonly subtask: number;
  /** One, or none where there is nothing. */
  readonly rows: RowPage;
}

/** Which kinds of state hold what is wanted. A name that nobody knows may be one of keyed state, declared since. */
function partsOf({ described }: LiveOperator, { states, keyGroups }: WantedState) {
  const ofOperator = described.operatorStates.map(({ name }) => name);
  const ofKeys = [...described.keyedStates, ...described.timers].map(({ name }) => name);
  const all = { startKeyGroup: 0, endKeyGroup: described.maxParallelism - 1 };
  const isKeyed = described.keySerializer !== undefined;
  return {
    keyed:
      isKeyed &&
      (states?.some((name) => ofKeys.includes(name) || !ofOperator.includes(name)) ?? true),
    operatorStates:
      states === undefined
        ? keyGroups === undefined
          ? ofOperator
          : []
        : ofOperator.filter((name) => states.includes(name)),
    keyGroups: keyGroups ?? all,
  };
}

function overlap(one: KeyGroups, other: KeyGroups): boolean {
  return one.startKeyGroup <= other.endKeyGroup && other.startKeyGroup <= one.endKeyGroup;
}

/** @throws TaskError `JOB_NOT_RUNNING` */
function checkAsDescribed(
  operator: LiveOperator,
  subtask: number,
  { keyed, operator: ofOperator, parallelism }: OpenedView,
): void {
  if (keyed !== undefined) {
    checkSameKeyGroups(operator, subtask, keyed.keyGroups);
  }
  if (ofOperator !== undefined) {
    checkSameParallelism(operator, parallelism);
  }
}

function readersOf(
  parts: readonly OpenPart[],
  stateNames: readonly string[] | undefined,
): Pick<SnapshotOperator, 'liveParts' | 'liveOperatorStates'> {
  return {
    liveParts: parts.flatMap(({ subtask, opened: { keyed: opened }, ...part }) =>
      opened === undefined
        ? []
        : [{ subtask, reader: new LiveRowReader({ ...part, opened, stateNames }) }],
    ),
    liveOperatorStates: parts.flatMap(({ subtask, opened: { operator: opened }, ...part }) =>
      opened === undefined
        ? []
        : [{ subtask, reader: new LiveOperatorStateReader({ ...part, opened }) }],
    ),
  };
}

/** The job was described a moment ago: what does not fit that is of a job on its way from one attempt to the next. */
function notRunning(error: unknown): unknown {
  return errorCode(error) === 'JOB_NOT_RUNNING'
    ? error
    : new TaskError(
        'JOB_NOT_RUNNING',
        `the job restarts or is rescaled, and its state cannot be read now; ask again once it runs (${errorMessage(error)})`,
        { cause: error },
      );
}
