/**
 * Name and type of a state. A plain value: it may be declared anywhere and shared.
 *
 * Flink: StateDescriptor and its subclasses.
 */
import type { AggregateFunction, ReduceFunction } from '../functions/functions.ts';
import type { TypeInformation } from '../serialization/type-information.ts';

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

export class ValueStateDescriptor<T> {
  readonly kind = 'value';
  readonly name: string;
  readonly type: TypeInformation<T>;

  constructor(name: string, type: TypeInformation<T>) {
    this.name = name;
    this.type = type;
  }
}

export class ListStateDescriptor<T> {
  readonly kind = 'list';
  readonly name: string;
  readonly elementType: TypeInformation<T>;

  constructor(name: string, elementType: TypeInformation<T>) {
    this.name = name;
    this.elementType = elementType;
  }
}

export class MapStateDescriptor<UK, UV> {
  readonly kind = 'map';
  readonly name: string;
  readonly keyType: TypeInformation<UK>;
  readonly valueType: TypeInformation<UV>;

  constructor(name: string, keyType: TypeInformation<UK>, valueType: TypeInformation<UV>) {
    this.name = name;
    this.keyType = keyType;
    this.valueType = valueType;
  }
}

export class ReducingStateDescriptor<T> {
  readonly kind = 'reducing';
  readonly name: string;
  readonly reduceFunction: ReduceFunction<T>;
  readonly type: TypeInformation<T>;

  constructor(name: string, reduceFunction: ReduceFunction<T>, type: TypeInformation<T>) {
    this.name = name;
    this.reduceFunction = reduceFunction;
    this.type = type;
  }
}

export class AggregatingStateDescriptor<IN, ACC, OUT> {
  readonly kind = 'aggregating';
  readonly name: string;
  readonly aggregateFunction: AggregateFunction<IN, ACC, OUT>;
  readonly accumulatorType: TypeInformation<ACC>;

  constructor(
    name: string,
    aggregateFunction: AggregateFunction<IN, ACC, OUT>,
    accumulatorType: TypeInformation<ACC>,
  ) {
    this.name = name;
    this.aggregateFunction = aggregateFunction;
    this.accumulatorType = accumulatorType;
  }
}
