/**
 * Watches which states one operator declares, in all its subtasks, and what becomes of each.
 *
 * Invariant: what a serializer's verdict or a mismatch belongs to is the state that is being
 * declared at that moment, else the key, which is restored before any state is declared.
 */
import {
  type StateDescriptor,
  TimerSerializer,
  type TypeInformation,
  type TypeSerializerSnapshot,
  typeDescription,
} from '@millrace/core';
import type {
  KeyedStateBackend,
  ObservedVerdict,
  OperatorStateBackend,
  ReportStateMismatch,
} from '@millrace/state';
import type { StateRecorder } from '../../tasks/task-deployment.ts';
import type { RehearsedState, StateDescription } from './job-rehearsal.ts';
import { KEY_NAME } from './snapshot-states.ts';

interface Finding {
  readonly verdict: 'as-is' | 'migrates' | 'incompatible';
  readonly reason?: string;
}

const RANK = { 'as-is': 0, migrates: 1, incompatible: 2 } as const;

export class OperatorStateRecorder implements StateRecorder {
  readonly report: ReportStateMismatch;
  /** Of an operator with keys. */
  keySerializer: TypeSerializerSnapshot<unknown> | undefined;
  private readonly declared = new Map<string, StateDescription>();
  private readonly findings = new Map<string, Finding>();
  /** What is being declared. */
  private subject: string = KEY_NAME;

  constructor() {
    this.keySerializer = undefined;
    this.report = Object.assign(
      (mismatch: Error) => this.note({ verdict: 'incompatible', reason: mismatch.message }),
      { observe: (verdict: ObservedVerdict) => this.note(findingOf(verdict)) },
    );
  }

  watchKeyed<K>(backend: KeyedStateBackend<K>, keyType: TypeInformation<K>): void {
    this.keySerializer = keyType.createSerializer().snapshotConfiguration();
    this.declare(KEY_NAME, 'key', () => typeName(keyType));
    const declareState = backend.getOrCreateKeyedState.bind(backend);
    const createTimers = backend.createTimerQueue.bind(backend);
    backend.getOrCreateKeyedState = ((
      namespaceType: TypeInformation<unknown>,
      descriptor: StateDescriptor,
      ...rest: never[]
    ) =>
      this.declaring(descriptor, () =>
        declareState(namespaceType, descriptor, ...rest),
      )) as typeof declareState;
    backend.createTimerQueue = ((name: string, namespaceType: TypeInformation<unknown>) => {
      const type = () =>
        typeDescription(
          new TimerSerializer(
            keyType.createSerializer(),
            namespaceType.createSerializer(),
          ).snapshotConfiguration(),
        );
      this.declare(name, 'timers', type);
      return this.during(name, () => createTimers(name, namespaceType));
    }) as typeof createTimers;
  }

  watchOperator(backend: OperatorStateBackend): void {
    const list = backend.getListState.bind(backend);
    const union = backend.getUnionListState.bind(backend);
    const broadcast = backend.getBroadcastState.bind(backend);
    backend.getListState = (each) => this.declaring(each, () => list(each), 'operator list');
    backend.getUnionListState = (each) => this.declaring(each, () => union(each), 'union list');
    backend.getBroadcastState = (each) => this.declaring(each, () => broadcast(each), 'broadcast');
  }

  /** Each declared state, and each of the snapshot that is not declared. */
  states(inSnapshot: readonly StateDescription[]): RehearsedState[] {
    const before = new Map(inSnapshot.map((state) => [state.name, state]));
    const declared = [...this.declared.values()].map((state): RehearsedState => {
      if (!before.has(state.name)) {
        return { ...state, verdict: 'new' };
      }
      if (state.kind === 'timers' && this.findings.get(KEY_NAME)?.verdict === 'incompatible') {
        return { ...state, verdict: 'incompatible', reason: 'timers hold the key' };
      }
      return { ...state, verdict: 'as-is', ...this.findings.get(state.name) };
    });
    const kept = inSnapshot
      .filter(({ name }) => !this.declared.has(name))
      .map((state): RehearsedState => ({ ...state, verdict: 'kept' }));
    return [...declared, ...kept];
  }

  private declaring<T>(descriptor: StateDescriptor, act: () => T, kind?: string): T {
    this.declare(descriptor.name, kind ?? descriptor.kind, () => typeOf(descriptor));
    return this.during(descriptor.name, act);
  }

  private declare(name: string, kind: string, type: () => string): void {
    if (!this.declared.has(name)) {
      this.declared.set(name, { name, kind, type: type() });
    }
  }

  private during<T>(subject: string, act: () => T): T {
    const outer = this.subject;
    this.subject = subject;
    try {
      return act();
    } finally {
      this.subject = outer;
    }
  }

  /** The worst counts; of two equally bad ones the later, which has the remedy. */
  private note(finding: Finding): void {
    const known = this.findings.get(this.subject);
    if (known === undefined || RANK[finding.verdict] >= RANK[known.verdict]) {
      this.findings.set(this.subject, finding);
    }
  }
}

function findingOf({ kind, reason, restored, declared }: ObservedVerdict): Finding {
  switch (kind) {
    case 'as-is':
      return { verdict: 'as-is' };
    case 'after-migration':
      return {
        verdict: 'migrates',
        reason: reason ?? `${typeDescription(restored)} becomes ${typeDescription(declared)}`,
      };
    case 'incompatible':
      return { verdict: 'incompatible', ...(reason === undefined ? {} : { reason }) };
  }
}

function typeOf(descriptor: StateDescriptor): string {
  switch (descriptor.kind) {
    case 'list':
      return `List<${typeName(descriptor.elementType)}>`;
    case 'map':
      return `Map<${typeName(descriptor.keyType)}, ${typeName(descriptor.valueType)}>`;
    case 'aggregating':
      return typeName(descriptor.accumulatorType);
    default:
      return typeName(descriptor.type);
  }
}

function typeName(type: TypeInformation<unknown>): string {
  return typeDescription(type.createSerializer().snapshotConfiguration());
}
