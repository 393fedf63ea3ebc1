/**
 * What the program declares of the state of one backend, held against what was restored.
 *
 * Invariants:
 * - A name stands for one state, of one kind and type, or for the timers of one service.
 * - What does not fit the snapshot is reported; where that returns, the state begins empty.
 *
 * Flink: RocksDBKeyedStateBackend.tryRegisterKvStateInformation, HeapKeyedStateBackend.tryRegisterStateTable.
 */
import {
  ConfigError,
  type StateDescriptor,
  type TypeInformation,
  type TypeSerializer,
} from '@millrace/core';
import type {
  StateMetaInfoSerializer,
  StateMetaInfoSnapshot,
} from '../formats/state-meta-info-snapshot.ts';
import type { KeyedStateBackendParameters } from './keyed-state-backend.ts';
import {
  ANOTHER_UID,
  describeOperator,
  type ReportStateMismatch,
  resolveSerializer,
  stateMismatch,
  throwStateMismatch,
} from './serializer-verdict.ts';
import { declaredMeta, type StateMeta, stateKindOf } from './state-meta.ts';

export interface ResolvedState {
  /** With the serializers to go on with. */
  readonly meta: StateMeta<unknown>;
  /** What the snapshot says of it, where what it holds is taken up. */
  readonly adopted: StateMetaInfoSnapshot | undefined;
}

export class StateDeclarations {
  /** For messages. */
  readonly operator: string;
  /** Of a mismatch; where it returns, the state begins empty. */
  readonly report: ReportStateMismatch;
  private readonly restored: Map<string, StateMetaInfoSnapshot>;
  /** Kind and type names, by name: two declarations of one state agree in this. */
  private readonly states: Map<string, string>;
  private readonly timers: Map<string, string>;

  constructor(
    operator: Pick<
      KeyedStateBackendParameters<unknown>,
      'operatorName' | 'operatorUid' | 'reportMismatch'
    >,
  ) {
    this.operator = describeOperator(operator);
    this.report = operator.reportMismatch ?? throwStateMismatch;
    this.restored = new Map();
    this.states = new Map();
    this.timers = new Map();
  }

  /** What a snapshot says; the first to say it of a name is right. */
  addRestored(info: StateMetaInfoSnapshot): void {
    if (!this.restored.has(info.name)) {
      this.restored.set(info.name, info);
    }
  }

  /** @throws ConfigError `STATE_NAME_CONFLICT` */
  isDeclared(namespaceType: TypeInformation<unknown>, descriptor: StateDescriptor): boolean {
    const { name } = descriptor;
    const known = this.states.get(name);
    const declared = describe(namespaceType, descriptor);
    if (known !== undefined && known !== declared) {
      throw this.conflict(name, known, declared);
    }
    if (this.timers.has(name) || this.isRestoredAs(name, true)) {
      throw this.conflict(name, 'timers', descriptor.kind);
    }
    return known !== undefined;
  }

  /** Of a state that is declared for the first time. */
  declare(namespaceType: TypeInformation<unknown>, descriptor: StateDescriptor): ResolvedState {
    const meta = declaredMeta(namespaceType, descriptor);
    const info = this.restored.get(meta.name);
    const resolved = info === undefined ? undefined : this.resolve(meta, info);
    this.states.set(meta.name, describe(namespaceType, descriptor));
    return resolved === undefined
      ? { meta, adopted: undefined }
      : { meta: resolved, adopted: info };
  }

  /** @throws ConfigError `STATE_NAME_CONFLICT` */
  areTimersDeclared(name: string, namespaceType: TypeInformation<unknown>): boolean {
    const known = this.timers.get(name);
    if (known !== undefined && known !== namespaceType.name) {
      throw this.conflict(name, `timers in ${known}`, `timers in ${namespaceType.name}`);
    }
    if (this.states.has(name) || this.isRestoredAs(name, false)) {
      throw this.conflict(name, 'keyed state', 'timers');
    }
    return known !== undefined;
  }

  /**
   * Of timers that are declared for the first time: the serializer to go on with, and whether the
   * restored timers are taken up.
   */
  declareTimers<T>(
    name: string,
    namespaceType: TypeInformation<unknown>,
    serializer: TypeSerializer<T>,
  ): { readonly serializer: TypeSerializer<T>; readonly isAdopted: boolean } {
    this.timers.set(name, namespaceType.name);
    const info = this.restored.get(name);
    if (info === undefined) {
      return { serializer, isAdopted: false };
    }
    const resolved = resolveSerializer(serializer, {
      restored: info.serializers.get('VALUE_SERIALIZER'),
      what: `timers '${name}' of ${this.operator}`,
      allowsMigration: false,
      wayOut: ANOTHER_UID,
      report: this.report,
    });
    return { serializer: resolved ?? serializer, isAdopted: resolved !== undefined };
  }

  private resolve(
    meta: StateMeta<unknown>,
    info: StateMetaInfoSnapshot,
  ): StateMeta<unknown> | undefined {
    const what = `state '${meta.name}' of ${this.operator}`;
    const kind = stateKindOf(info.options.get('KEYED_STATE_TYPE'));
    if (kind !== meta.kind) {
      this.report(
        stateMismatch(
          `${what}: ${kind} state in the snapshot, ${meta.kind} state in the program; the ` +
            'kind of a state cannot change; give the new state another name',
        ),
      );
      return undefined;
    }
    const { report } = this;
    const restored = (key: StateMetaInfoSerializer) => info.serializers.get(key);
    const namespaceSerializer = resolveSerializer(meta.namespaceSerializer, {
      restored: restored('NAMESPACE_SERIALIZER'),
      what: `the namespace of ${what}`,
      allowsMigration: false,
      report,
    });
    const stateSerializer = resolveSerializer(meta.stateSerializer, {
      restored: restored('VALUE_SERIALIZER'),
      what,
      allowsMigration: true,
      report,
    });
    return namespaceSerializer === undefined || stateSerializer === undefined
      ? undefined
      : { ...meta, namespaceSerializer, stateSerializer };
  }

  private isRestoredAs(name: string, timers: boolean): boolean {
    const info = this.restored.get(name);
    return info !== undefined && (info.backendStateType === 'PRIORITY_QUEUE') === timers;
  }

  private conflict(name: string, first: string, second: string): ConfigError {
    return new ConfigError(
      'STATE_NAME_CONFLICT',
      `${this.operator} declares '${name}' as ${first} and as ${second}; rename one`,
    );
  }
}

function describe(namespaceType: TypeInformation<unknown>, descriptor: StateDescriptor): string {
  return `${describeType(descriptor)} in ${namespaceType.name}`;
}

function describeType(descriptor: StateDescriptor): string {
  switch (descriptor.kind) {
    case 'list':
      return `list state of ${descriptor.elementType.name}`;
    case 'map':
      return `map state of ${descriptor.keyType.name} to ${descriptor.valueType.name}`;
    case 'aggregating':
      return `aggregating state of ${descriptor.accumulatorType.name}`;
    default:
      return `${descriptor.kind} state of ${descriptor.type.name}`;
  }
}
