/**
 * Name and type of a state. A plain value: it may be declared anywhere and shared.
 *
 * Flink's deprecated default values are not there: `state.value() ?? 0` says the same.
 *
 * Flink: StateDescriptor and its subclasses.
 */
import { ConfigError } from '../errors/errors.ts';
import type { AggregateFunction, ReduceFunction } from '../functions/functions.ts';
import type { TypeInformation } from '../serialization/type-information.ts';
import { StateTtlConfig } from './state-ttl-config.ts';

export type StateKind = 'value' | 'list' | 'map' | 'reducing' | 'aggregating';

export type StateDescriptor =
  // biome-ignore lint/suspicious/noExplicitAny: a descriptor of any element type.
  | ValueStateDescriptor<any>
  // biome-ignore lint/suspicious/noExplicitAny: a descriptor of any element type.
  | ListStateDescriptor<any>
  // biome-ignore lint/suspicious/noExplicitAny: a descriptor of any element type.
  | MapStateDescriptor<any, any>
  // biome-ignore lint/suspicious/noExplicitAny: a descriptor of any element type.
  | ReducingStateDescriptor<any>
  // biome-ignore lint/suspicious/noExplicitAny: a descriptor of any element type.
  | AggregatingStateDescriptor<any, any, any>;

/** What descriptors of all kinds have. */
abstract class NamedStateDescriptor {
  readonly name: string;
  readonly ttlConfig: StateTtlConfig;
  /** Under which the state can be asked for from outside; `undefined` when it cannot. */
  readonly queryableStateName: string | undefined;

  constructor(name: string) {
    this.name = name;
    this.ttlConfig = StateTtlConfig.DISABLED;
    this.queryableStateName = undefined;
  }

  /** Call it before the descriptor is used. Only keyed state can live for a time. */
  enableTimeToLive(ttlConfig: StateTtlConfig): this {
    (this as { ttlConfig: StateTtlConfig }).ttlConfig = ttlConfig;
    return this;
  }

  get isQueryable(): boolean {
    return this.queryableStateName !== undefined;
  }

  /**
   * Makes the state known under a name of the whole job. Another state of that name fails the job.
   * Only keyed state can be queryable.
   *
   * @throws ConfigError `QUERYABLE_STATE_NAME_CONFLICT` when it has a name already
   */
  setQueryable(queryableStateName: string): this {
    if (this.queryableStateName !== undefined) {
      throw new ConfigError(
        'QUERYABLE_STATE_NAME_CONFLICT',
        `state '${this.name}' is queryable as '${this.queryableStateName}' already and cannot be as '${queryableStateName}' too; name it once`,
      );
    }
    (this as { queryableStateName: string | undefined }).queryableStateName = queryableStateName;
    return this;
  }
}

export class ValueStateDescriptor<T> extends NamedStateDescriptor {
  readonly kind = 'value';
  readonly type: TypeInformation<T>;

  constructor(name: string, type: TypeInformation<T>) {
    super(name);
    this.type = type;
  }
}

export class ListStateDescriptor<T> extends NamedStateDescriptor {
  readonly kind = 'list';
  readonly elementType: TypeInformation<T>;

  constructor(name: string, elementType: TypeInformation<T>) {
    super(name);
    this.elementType = elementType;
  }
}

export class MapStateDescriptor<UK, UV> extends NamedStateDescriptor {
  readonly kind = 'map';
  readonly keyType: TypeInformation<UK>;
  readonly valueType: TypeInformation<UV>;

  constructor(name: string, keyType: TypeInformation<UK>, valueType: TypeInformation<UV>) {
    super(name);
    this.keyType = keyType;
    this.valueType = valueType;
  }
}

export class ReducingStateDescriptor<T> extends NamedStateDescriptor {
  readonly kind = 'reducing';
  readonly reduceFunction: ReduceFunction<T>;
  readonly type: TypeInformation<T>;

  constructor(name: string, reduceFunction: ReduceFunction<T>, type: TypeInformation<T>) {
    super(name);
    this.reduceFunction = reduceFunction;
    this.type = type;
  }
}

export class AggregatingStateDescriptor<IN, ACC, OUT> extends NamedStateDescriptor {
  readonly kind = 'aggregating';
  readonly aggregateFunction: AggregateFunction<IN, ACC, OUT>;
  readonly accumulatorType: TypeInformation<ACC>;

  constructor(
    name: string,
    aggregateFunction: AggregateFunction<IN, ACC, OUT>,
    accumulatorType: TypeInformation<ACC>,
  ) {
    super(name);
    this.aggregateFunction = aggregateFunction;
    this.accumulatorType = accumulatorType;
  }
}
