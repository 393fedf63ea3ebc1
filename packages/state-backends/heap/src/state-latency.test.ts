import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type AggregatingState,
  AggregatingStateDescriptor,
  GenericMetricGroup,
  KeyGroupRange,
  type ListState,
  ListStateDescriptor,
  type MapState,
  MapStateDescriptor,
  type MetricHistogram,
  type ReducingState,
  ReducingStateDescriptor,
  type State,
  type StateDescriptor,
  SystemClock,
  Types,
  type ValueState,
  ValueStateDescriptor,
  VOID_NAMESPACE,
  type VoidNamespace,
} from '@millrace/core';
import { type InternalMergingState, withLatencyTracking } from '@millrace/state';
import { HashMapStateBackend } from './hashmap-state-backend.ts';

/** Each look at it is a microsecond after the one before. */
class TickingClock extends SystemClock {
  private ticks = 0;

  override nanoTime(): number {
    this.ticks += 1000;
    return this.ticks;
  }
}

async function open(tracking: { sampleInterval?: number; stateNameAsVariable?: boolean } = {}) {
  const clock = new TickingClock();
  const group = new GenericMetricGroup('operator');
  const backend = await new HashMapStateBackend().createKeyedStateBackend({
    operatorName: 'measured',
    keyType: Types.STRING,
    numberOfKeyGroups: 128,
    keyGroupRange: new KeyGroupRange(0, 127),
    stateHandles: [],
    openStateHandle: () => assert.fail('nothing is restored'),
    clock,
    snapshotSliceMs: 5,
  });
  const tracked = withLatencyTracking(backend, {
    tracking: { sampleInterval: 1, historySize: 8, stateNameAsVariable: true, ...tracking },
    clock,
    group,
  });
  tracked.setCurrentKey('a');
  const stateOf = <S extends State>(descriptor: StateDescriptor) => {
    const state = tracked.getOrCreateKeyedState<VoidNamespace, S>(Types.VOID_NAMESPACE, descriptor);
    state.setCurrentNamespace(VOID_NAMESPACE);
    return state;
  };
  return { group, stateOf };
}

/** How often each access was measured, by identifier. */
function measured(group: GenericMetricGroup): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const below of [group, ...group.groups.values()]) {
    for (const [name, { metric }] of below.metrics) {
      counts[below.getMetricIdentifier(name)] = (metric as MetricHistogram).count;
    }
  }
  return counts;
}

describe('accesses to keyed state', () => {
  it('are measured in nanoseconds, one in so many, by state and kind of access', async () => {
    const { group, stateOf } = await open({ sampleInterval: 10 });
    const state = stateOf<ValueState<string>>(new ValueStateDescriptor('count', Types.STRING));

    for (let i = 0; i < 25; i++) {
      state.update(String(i));
      state.value();
    }

    const metrics = group.addGroup('state_name', 'count').metrics;
    const reads = metrics.get('valueStateGetLatency')?.metric as MetricHistogram;
    assert.deepEqual(measured(group), {
      'operator.state_name.count.valueStateUpdateLatency': 3,
      'operator.state_name.count.valueStateGetLatency': 3,
    });
    assert.deepEqual([reads.statistics().min, reads.statistics().max], [1000, 1000]);
  });

  it('have the name of the state in their scope alone where it is to be no variable', async () => {
    const { group, stateOf } = await open({ stateNameAsVariable: false });

    stateOf<ValueState<string>>(new ValueStateDescriptor('count', Types.STRING)).clear();

    assert.deepEqual(measured(group), { 'operator.count.stateClearLatency': 1 });
  });

  it('have Flink’s names for lists and for what is folded', async () => {
    const { group, stateOf } = await open();
    const list = stateOf<ListState<string>>(new ListStateDescriptor('s', Types.STRING));
    list.add('a');
    list.addAll(['b']);
    list.update([...list.get(), 'c']);
    const reducing = stateOf<ReducingState<string>>(
      new ReducingStateDescriptor('r', (a: string, b: string) => a + b, Types.STRING),
    );
    reducing.add('a');
    reducing.get();
    const aggregating = stateOf<AggregatingState<string, string>>(
      new AggregatingStateDescriptor(
        'a',
        {
          createAccumulator: () => '',
          add: (value: string, sum: string) => sum + value,
          getResult: (sum: string) => sum,
          merge: (a: string, b: string) => a + b,
        },
        Types.STRING,
      ),
    );
    aggregating.add('a');
    aggregating.get();
    (reducing as unknown as InternalMergingState<VoidNamespace>).mergeNamespaces(
      VOID_NAMESPACE,
      [],
    );

    assert.deepEqual(
      Object.keys(measured(group)).map((identifier) => identifier.split('.').at(-1)),
      [
        'listStateAddLatency',
        'listStateAddAllLatency',
        'listStateGetLatency',
        'listStateUpdateLatency',
        'reducingStateAddLatency',
        'reducingStateGetLatency',
        'reducingStateMergeNamespacesLatency',
        'aggregatingStateAddLatency',
        'aggregatingStateGetLatency',
      ],
    );
  });

  it('have Flink’s names for maps, whose iteration is measured step by step', async () => {
    const { group, stateOf } = await open();
    const map = stateOf<MapState<string, string>>(
      new MapStateDescriptor('m', Types.STRING, Types.STRING),
    );
    map.put('a', '1');
    map.putAll([['b', '2']]);
    map.get('a');
    map.contains('a');
    map.isEmpty();
    const seen = [...map.entries(), ...map.keys(), ...map.values()];
    map.remove('a');

    assert.deepEqual(seen, [['a', '1'], ['b', '2'], 'a', 'b', '1', '2']);
    assert.deepEqual(
      Object.entries(measured(group)).map(([name, count]) => [name.split('.').at(-1), count]),
      [
        ['mapStatePutLatency', 1],
        ['mapStatePutAllLatency', 1],
        ['mapStateGetLatency', 1],
        ['mapStateContainsLatency', 1],
        ['mapStateIsEmptyLatency', 1],
        ['mapStateEntriesInitLatency', 1],
        ['mapStateIteratorNextLatency', 9],
        ['mapStateKeysInitLatency', 1],
        ['mapStateValuesInitLatency', 1],
        ['mapStateRemoveLatency', 1],
      ],
    );
  });
});
