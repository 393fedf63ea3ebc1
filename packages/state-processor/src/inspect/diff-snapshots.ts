/**
 * What differs between two snapshots, whichever backends wrote them: operators, states, types, then
 * entries by key.
 *
 * Invariants:
 * - Differences are told as they are found; memory does not depend on how many there are.
 * - Two snapshots of the same state are equal whatever their layout, compression and order.
 */
import {
  DataOutputView,
  type TypeSerializerSnapshot,
  typeDescription,
  typeMembers,
  writeVersionedSnapshot,
} from '@millrace/core';
import { keyedStateOf, type StateMetaInfoSnapshot } from '@millrace/state';
import { readKeyedStateHead } from '../snapshot/keyed-state-head.ts';
import { labelOf } from '../snapshot/open-snapshot.ts';
import type {
  OperatorStateInfo,
  Snapshot,
  SnapshotOperator,
  SnapshotProblem,
} from '../snapshot/snapshot.ts';
import { hasTtl } from '../snapshot/state-serializers.ts';
import type { JsonValue } from '../snapshot/value-to-json.ts';
import type { DiffSummary, SnapshotDifference, StateDiff, TypeDifference } from './difference.ts';
import { diffKeyedState, type KeyedSide } from './keyed-state-diff.ts';
import { LongRead, type LongReadOptions } from './long-read.ts';
import { totalBytes, unreadable } from './measure-snapshot.ts';
import { diffOperatorState } from './operator-state-diff.ts';
import type { StateComparison } from './row-digests.ts';

export interface DiffOptions extends LongReadOptions {
  /** This one alone. */
  readonly operator?: string;
  /** Leaves out when values with time to live were last used. */
  readonly ignoreTtlTimestamps?: boolean;
  /** Leaves out parallelism and max parallelism of operators: a conversion changes these alone. */
  readonly ignoreParallelism?: boolean;
  /** Differences in batches; each is awaited. Without it they are only counted, which is faster. */
  readonly onDifferences?: (batch: readonly SnapshotDifference[]) => void | Promise<void>;
  /** After so many differences the rest is only counted. */
  readonly limit?: number;
  /** Entries of the first snapshot that are held as digests, at 32 bytes each. */
  readonly heldEntriesMax?: number;
}

const HELD_ENTRIES_MAX = 1_500_000;
const BATCH_DIFFERENCES = 256;

/**
 * @param before - and `after`: what is only in `after` was added
 * @throws CheckpointError `SNAPSHOT_CORRUPT`, `SNAPSHOT_NOT_FOUND`
 */
export async function diffSnapshots(
  before: Snapshot,
  after: Snapshot,
  options: DiffOptions = {},
): Promise<DiffSummary> {
  return new SnapshotDiff(before, after, options).run();
}

class SnapshotDiff {
  private readonly before: Snapshot;
  private readonly after: Snapshot;
  private readonly options: DiffOptions;
  private readonly states: StateDiff[] = [];
  private readonly problems: SnapshotProblem[] = [];
  private structural = 0;
  private reported = 0;
  private batch: SnapshotDifference[] = [];

  constructor(before: Snapshot, after: Snapshot, options: DiffOptions) {
    this.before = before;
    this.after = after;
    this.options = options;
  }

  async run(): Promise<DiffSummary> {
    const { signal } = this.options;
    const pairs = this.pairs();
    const sides = pairs.flatMap(([a, b]) => (a && b ? [a, b] : []));
    const read = new LongRead(this.options, totalBytes(sides));
    const reread = new LongRead(signal === undefined ? {} : { signal }, 0);
    for (const [old, now] of pairs) {
      if (old === undefined || now === undefined) {
        await this.reportOperator((old ?? now) as SnapshotOperator, old === undefined);
      } else {
        await this.diffOperator(old, now, { read, reread });
      }
    }
    read.end();
    await this.flush();
    return this.summary();
  }

  /** Of operators with state, by id. */
  private pairs(): [SnapshotOperator | undefined, SnapshotOperator | undefined][] {
    const { before, after, options } = this;
    const byId = (snapshot: Snapshot, id: string) =>
      snapshot.operators.find(({ operatorId }) => operatorId === id);
    const wanted =
      options.operator === undefined ? undefined : this.selected(options.operator).operatorId;
    const ids = new Set(
      [...before.operators, ...after.operators].map(({ operatorId }) => operatorId),
    );
    return [...ids]
      .filter((id) => wanted === undefined || id === wanted)
      .map((id): [SnapshotOperator | undefined, SnapshotOperator | undefined] => [
        byId(before, id),
        byId(after, id),
      ])
      .filter(([a, b]) => (a !== undefined && b !== undefined) || hasState(a ?? b));
  }

  private selected(selector: string): SnapshotOperator {
    try {
      return this.before.operator(selector);
    } catch {
      return this.after.operator(selector);
    }
  }

  private async diffOperator(
    old: SnapshotOperator,
    now: SnapshotOperator,
    reads: { readonly read: LongRead; readonly reread: LongRead },
  ): Promise<void> {
    const of = { operatorId: now.operatorId, label: labelOf(now) };
    for (const property of [
      ...(this.options.ignoreParallelism === true
        ? []
        : (['parallelism', 'maxParallelism'] as const)),
      'isFullyFinished',
      'keyType',
    ] as const) {
      const [from, to]: (JsonValue | undefined)[] = [old[property], now[property]];
      if (from !== to && from !== undefined && to !== undefined) {
        await this.reportStructural({
          ...of,
          kind: 'property',
          change: 'changed',
          property,
          before: from,
          after: to,
        });
      }
    }
    const before = { snapshot: this.before, operator: old };
    const after = { snapshot: this.after, operator: now };
    try {
      await this.diffKeyed(before, after, reads);
    } catch (error) {
      this.problems.push(unreadable(now, error));
    }
    await this.diffOperatorStates(before, after);
  }

  private async diffKeyed(
    before: KeyedSide,
    after: KeyedSide,
    reads: { readonly read: LongRead; readonly reread: LongRead },
  ): Promise<void> {
    const [old, now] = [await keyedHeads(before), await keyedHeads(after)];
    const of = { operatorId: after.operator.operatorId, label: labelOf(after.operator) };
    const comparisons = new Map<string, StateComparison>();
    const counts = new Map<string, StateDiff>();
    for (const name of [...new Set([...old.states.keys(), ...now.states.keys()])].sort()) {
      counts.set(name, { ...of, state: name, same: 0, added: 0, removed: 0, changed: 0 });
      const [was, is] = [old.states.get(name), now.states.get(name)];
      if (was !== undefined && is !== undefined) {
        for (const difference of typeDifferences(was.metaInfo, is.metaInfo)) {
          await this.reportStructural({ ...of, ...difference, state: name });
        }
        const value = is.metaInfo.serializers.get('VALUE_SERIALIZER');
        const forms = new Set([...was.forms, ...is.forms]);
        comparisons.set(name, {
          state: name,
          byMeaning: forms.size > 1,
          hasTtl: value !== undefined && hasTtl(value),
        });
      }
    }
    await diffKeyedState(before, after, {
      ...reads,
      comparisons,
      counts,
      ignoreTtl: this.options.ignoreTtlTimestamps ?? false,
      heldEntriesMax: this.options.heldEntriesMax ?? HELD_ENTRIES_MAX,
      wantsDetails: () => this.wantsDetails(),
      report: (difference) => this.report({ ...of, ...difference }),
    });
    for (const [name, state] of counts) {
      this.states.push(state);
      if (!comparisons.has(name)) {
        const change = old.states.has(name) ? 'removed' : 'added';
        await this.reportStructural({
          ...of,
          kind: 'state',
          change,
          state: name,
          entries: state[change],
        });
      }
    }
  }

  private async diffOperatorStates(before: KeyedSide, after: KeyedSide): Promise<void> {
    const of = { operatorId: after.operator.operatorId, label: labelOf(after.operator) };
    const byName = (states: readonly OperatorStateInfo[]) =>
      new Map(states.map((state) => [state.name, state]));
    const [old, now] = [
      byName(before.operator.operatorStates),
      byName(after.operator.operatorStates),
    ];
    for (const name of [...new Set([...old.keys(), ...now.keys()])].sort()) {
      const [was, is] = [old.get(name), now.get(name)];
      const counts: StateDiff = { ...of, state: name, same: 0, added: 0, removed: 0, changed: 0 };
      this.states.push(counts);
      if (was === undefined || is === undefined) {
        const change = was === undefined ? 'added' : 'removed';
        const entries = (was ?? is)?.items ?? 0;
        counts[change] = entries;
        await this.reportStructural({ ...of, kind: 'state', change, state: name, entries });
        continue;
      }
      for (const [part, from, to] of [
        ['kind', was.mode, is.mode],
        ['key', was.keyType ?? null, is.keyType ?? null],
        ['value', was.elementType ?? null, is.elementType ?? null],
      ] as const) {
        if (from !== to) {
          const change = { kind: 'type' as const, change: 'changed' as const, part };
          await this.reportStructural({ ...of, ...change, state: name, before: from, after: to });
        }
      }
      await diffOperatorState(
        { ...before, state: was },
        { ...after, state: is },
        { counts, report: (difference) => this.report({ ...of, ...difference }) },
      );
    }
  }

  private async reportOperator(operator: SnapshotOperator, isAdded: boolean): Promise<void> {
    await this.reportStructural({
      kind: 'operator',
      change: isAdded ? 'added' : 'removed',
      operatorId: operator.operatorId,
      label: labelOf(operator),
    });
  }

  private async reportStructural(difference: SnapshotDifference): Promise<void> {
    this.structural++;
    await this.report(difference);
  }

  private wantsDetails(): boolean {
    const { onDifferences, limit = Number.POSITIVE_INFINITY } = this.options;
    return onDifferences !== undefined && this.reported < limit;
  }

  private async report(difference: SnapshotDifference): Promise<void> {
    if (this.wantsDetails()) {
      this.reported++;
      this.batch.push(difference);
      if (this.batch.length >= BATCH_DIFFERENCES) {
        await this.flush();
      }
    }
  }

  private async flush(): Promise<void> {
    const { batch } = this;
    this.batch = [];
    if (batch.length > 0) {
      await this.options.onDifferences?.(batch);
    }
  }

  private summary(): DiffSummary {
    const { states, structural, problems } = this;
    const total = (name: 'same' | 'added' | 'removed' | 'changed') =>
      states.reduce((sum, state) => sum + state[name], 0);
    const [same, added, removed, changed] = [
      total('same'),
      total('added'),
      total('removed'),
      total('changed'),
    ];
    const isEqual = structural + added + removed + changed + problems.length === 0;
    return { isEqual, problems, structural, same, added, removed, changed, states };
  }
}

function hasState(operator: SnapshotOperator | undefined): boolean {
  return operator !== undefined && operator.sizeBytes > 0;
}

interface StateHead {
  readonly metaInfo: StateMetaInfoSnapshot;
  /** The bytes of all its serializer snapshots, in each subtask's file. */
  readonly forms: Set<string>;
}

/** Of all subtasks: each has serializer snapshots of its own, which may differ in details. */
async function keyedHeads({ snapshot, operator }: KeyedSide): Promise<{
  readonly states: ReadonlyMap<string, StateHead>;
}> {
  const states = new Map<string, StateHead>();
  for (const subtask of operator.state.subtaskStates.values()) {
    const handle = keyedStateOf(subtask);
    if (handle === undefined) {
      continue;
    }
    const head = await readKeyedStateHead(handle, {
      openStateHandle: snapshot.openStateHandle,
      numberOfKeyGroups: operator.maxParallelism,
    });
    if (head.error !== undefined) {
      throw head.error;
    }
    const key = head.keySerializer === undefined ? '' : formOf(head.keySerializer);
    for (const metaInfo of head.states) {
      let state = states.get(metaInfo.name);
      if (state === undefined) {
        state = { metaInfo, forms: new Set() };
        states.set(metaInfo.name, state);
      }
      state.forms.add([key, ...[...metaInfo.serializers.values()].map(formOf)].join(' '));
    }
  }
  return { states };
}

function formOf(snapshot: TypeSerializerSnapshot<unknown>): string {
  const output = new DataOutputView();
  writeVersionedSnapshot(output, snapshot);
  return Buffer.from(output.bytes()).toString('latin1');
}

function typeDifferences(
  was: StateMetaInfoSnapshot,
  is: StateMetaInfoSnapshot,
): Pick<TypeDifference, 'kind' | 'change' | 'part' | 'before' | 'after'>[] {
  const type = (state: StateMetaInfoSnapshot, key: string) => {
    const snapshot = state.serializers.get(key);
    return snapshot === undefined ? null : typeDescription(snapshot);
  };
  const withMembers = (state: StateMetaInfoSnapshot) => {
    const snapshot = state.serializers.get('VALUE_SERIALIZER');
    const members = snapshot === undefined ? [] : typeMembers(snapshot);
    const list = members.map(({ name, type: of }) => (of === undefined ? name : `${name}: ${of}`));
    const description = type(state, 'VALUE_SERIALIZER');
    return list.length === 0 ? description : `${description} { ${list.join(', ')} }`;
  };
  const ttl = (state: StateMetaInfoSnapshot) => {
    const snapshot = state.serializers.get('VALUE_SERIALIZER');
    return snapshot !== undefined && hasTtl(snapshot);
  };
  const kind = (state: StateMetaInfoSnapshot) => state.options.get('KEYED_STATE_TYPE') ?? null;
  const parts = [
    ['kind', kind(was), kind(is)],
    ['namespace', type(was, 'NAMESPACE_SERIALIZER'), type(is, 'NAMESPACE_SERIALIZER')],
    ['value', withMembers(was), withMembers(is)],
    ['timeToLive', ttl(was), ttl(is)],
  ] as const;
  return parts
    .filter(([, from, to]) => from !== to)
    .map(([part, before, after]) => ({ kind: 'type', change: 'changed', part, before, after }));
}
