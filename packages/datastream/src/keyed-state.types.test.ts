/** What the compiler knows of state: its values need no annotation, and others do not fit. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  AggregatingStateDescriptor,
  type KeyedStateStore,
  ListStateDescriptor,
  MapStateDescriptor,
  ReducingStateDescriptor,
  StateTtlConfig,
  Types,
  type ValueState,
  ValueStateDescriptor,
} from '@millrace/core';
import type { KeyedStream } from './keyed-stream.ts';
import { isType } from './type-fixture.ts';

const MEAN = {
  createAccumulator: (): [number, number] => [0, 0],
  add: (value: number, [sum, n]: [number, number]): [number, number] => [sum + value, n + 1],
  getResult: ([sum, n]: [number, number]): string => `${sum / n}`,
};

describe('the types of state', () => {
  it('are those of its descriptor, also with a time to live', () => {
    const program = (states: KeyedStateStore): void => {
      const ttl = new StateTtlConfig({ timeToLive: '1 h', updateType: 'OnReadAndWrite' });
      const value = new ValueStateDescriptor('v', Types.LONG).enableTimeToLive(ttl);
      const pair = Types.TUPLE(Types.LONG, Types.LONG);
      isType<ValueStateDescriptor<number>>()(value);
      isType<number | undefined>()(states.getState(value).value());
      isType<Iterable<string>>()(
        states.getListState(new ListStateDescriptor('l', Types.STRING)).get(),
      );
      isType<boolean | undefined>()(
        states.getMapState(new MapStateDescriptor('m', Types.STRING, Types.BOOLEAN)).get('key'),
      );
      isType<number | undefined>()(
        states
          .getReducingState(new ReducingStateDescriptor('r', (a, b) => a + b, Types.LONG))
          .get(),
      );
      isType<string | undefined>()(
        states.getAggregatingState(new AggregatingStateDescriptor('a', MEAN, pair)).get(),
      );
    };

    assert.equal(typeof program, 'function');
  });

  it('refuse state and values of another type', () => {
    const program = (states: KeyedStateStore): void => {
      // @ts-expect-error A state of numbers is no state of strings.
      const texts: ValueState<string> = states.getState(new ValueStateDescriptor('v', Types.LONG));
      // @ts-expect-error A string is no number.
      states.getState(new ValueStateDescriptor('v', Types.LONG)).update('text');
      // @ts-expect-error A list of strings takes no number.
      states.getListState(new ListStateDescriptor('l', Types.STRING)).add(1);
      // @ts-expect-error The keys of the map are strings.
      states.getMapState(new MapStateDescriptor('m', Types.STRING, Types.LONG)).get(1);
      // @ts-expect-error Lists are asked for by their own descriptor.
      states.getListState(new ValueStateDescriptor('v', Types.LONG));
      // @ts-expect-error The function reduces texts, the state holds numbers.
      new ReducingStateDescriptor('r', (a: string, b: string) => a + b, Types.LONG);
      // @ts-expect-error The accumulator is a pair.
      new AggregatingStateDescriptor('a', MEAN, Types.LONG);
      // @ts-expect-error There is no such update type.
      new StateTtlConfig({ timeToLive: 1, updateType: 'OnRead' });
      void texts;
    };

    assert.equal(typeof program, 'function');
  });

  it('of queryable state are those of the stream', () => {
    const program = (stream: KeyedStream<number, string>): void => {
      stream.asQueryableState('last');
      stream.asQueryableState('sum', new ReducingStateDescriptor('s', (a, b) => a + b, Types.LONG));
      // @ts-expect-error The records are numbers.
      stream.asQueryableState('last', new ValueStateDescriptor('v', Types.STRING));
      // @ts-expect-error Flink has value and reducing state here.
      stream.asQueryableState('all', new ListStateDescriptor('l', Types.LONG));
    };

    assert.equal(typeof program, 'function');
  });
});
