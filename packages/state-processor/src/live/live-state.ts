/**
 * The keyed state of a job that runs, read as a snapshot is: described at once, a key as it is now, and
 * all of it by a view.
 *
 * Invariants:
 * - A view shows each subtask's state as of one moment between two of its records. The moments of
 *   several subtasks are close together, but not one: what must be consistent over the whole job is
 *   asked of a checkpoint.
 * - A view is of all key groups that were asked for, or is refused: never silently of a part of them.
 * - What was described of an attempt that is over is described anew, once for each ask.
 * - A view that fails to open leaves none of its parts open.
 */
import { randomUUID } from 'node:crypto';
import { errorCode, errorMessage, type KeyGroupRange, TaskError } from '@millrace/core';
import type { HotKeys, StateAnswer, StateQuery } from '@millrace/runtime';
import type { KeyRows } from '@millrace/state';
import { selectOperator } from '../snapshot/open-snapshot.ts';
import type { SnapshotOperator, StateSource } from '../snapshot/snapshot.ts';
import {
  checkCovered,
  checkSameKeyGroups,
  describeLiveState,
  type LiveOperator,
} from './describe-live-state.ts';
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
   * @param wanted - all states and key groups where they are left out
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
      const part = current.subtasks.find(
        ({ description: { keyGroups } }) =>
          keyGroups.startKeyGroup <= keyGroup && keyGroup <= keyGroups.endKeyGroup,
      );
      if (part === undefined) {
        checkCovered(current, [], { startKeyGroup: keyGroup, endKeyGroup: keyGroup });
      }
      const { subtask } = part as LiveOperator['subtasks'][number];
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

  /** Of each subtask. @throws TaskError `JOB_NOT_RUNNING` */
  hotKeys(operator: LiveOperator, limit: number): Promise<readonly HotKeys[]> {
    const { operatorId } = operator.described;
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

  private async openViewOf(
    operator: LiveOperator,
    { states, keyGroups: wanted }: WantedState,
  ): Promise<LiveView> {
    const { described } = operator;
    const viewId = randomUUID();
    const parts = operator.subtasks.filter(
      ({ description: { keyGroups } }) =>
        wanted === undefined ||
        (keyGroups.startKeyGroup <= wanted.endKeyGroup &&
          keyGroups.endKeyGroup >= wanted.startKeyGroup),
    );
    checkCovered(
      operator,
      parts.map(({ description }) => description.keyGroups),
      wanted,
    );
    const outcomes = await Promise.allSettled(
      parts.map(({ subtask }) => this.openPart(operator, { subtask, viewId, states })),
    );
    const opened = outcomes.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    const close = async (): Promise<void> => {
      await Promise.all(opened.map(({ reader }) => reader.close()));
    };
    try {
      const failed = outcomes.find((each) => each.status === 'rejected');
      if (failed !== undefined) {
        throw failed.reason;
      }
      for (const { subtask, opened: part } of opened) {
        checkSameKeyGroups(operator, subtask, part.keyGroups);
      }
    } catch (error) {
      await close();
      throw error;
    }
    const viewed = { ...described, liveParts: opened };
    return {
      operators: [viewed],
      operator: (asked) => selectOperator([viewed], asked, 'the job'),
      openStateHandle: () => this.openStateHandle(),
      takenAt: Math.max(0, ...opened.map((part) => part.opened.takenAt)),
      endsAt: Math.min(Number.MAX_SAFE_INTEGER, ...opened.map((part) => part.opened.endsAt)),
      close,
    };
  }

  private async openPart(
    operator: LiveOperator,
    of: {
      readonly subtask: number;
      readonly viewId: string;
      readonly states: readonly string[] | undefined;
    },
  ) {
    const { operatorId, name } = operator.described;
    const { subtask, viewId, states: stateNames } = of;
    const ask = this.asking(operator, subtask);
    const opened = await ask({ kind: 'open-view', operatorId, viewId });
    const source = `the live state of ${name}, subtask ${subtask}`;
    return {
      subtask,
      opened,
      reader: new LiveRowReader({ source, viewId, opened, stateNames, ask }),
    };
  }

  private asking(
    { vertexId }: LiveOperator,
    subtask: number,
  ): <Q extends StateQuery>(query: Q) => Promise<StateAnswer<Q>> {
    return (query) => this.gateway.queryState(this.jobId, { vertexId, subtask }, query);
  }
}

interface WantedState {
  readonly states?: readonly string[] | undefined;
  readonly keyGroups?: KeyGroupRange | undefined;
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
