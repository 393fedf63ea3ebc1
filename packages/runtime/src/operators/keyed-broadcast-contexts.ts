/** What the two sides of a KeyedBroadcastProcessFunction see. */
// Hot path.

import {
  type BroadcastState,
  type KeyedBroadcastContext,
  type KeyedBroadcastOnTimerContext,
  type KeyedStateFunction,
  type KeyedStateStore,
  type MapStateDescriptor,
  type ReadOnlyBroadcastState,
  type State,
  type StateDescriptor,
  type StateOf,
  type TimeDomain,
  type TimerService,
  VOID_NAMESPACE,
} from '@millrace/core';
import type { KeyedStateBackend } from '@millrace/state';
import { BroadcastFunctionContext, type ReadableTimes } from './broadcast-function-context.ts';
import type { BroadcastStates } from './broadcast-states.ts';
import { refuseAsync } from './function-is-async.ts';
import type { SideOutput } from './process-function-context.ts';

/** Serves records and timers: `timeDomain` is that of the last timer. */
export class KeyedBroadcastReadContext<K>
  extends BroadcastFunctionContext
  implements KeyedBroadcastOnTimerContext<K>
{
  timeDomain: TimeDomain;
  private readonly timers: TimerService;
  private readonly backend: KeyedStateBackend<K>;

  constructor(
    states: BroadcastStates,
    timers: TimerService,
    sideOutput: SideOutput,
    backend: KeyedStateBackend<K>,
  ) {
    super(states, timers, sideOutput);
    this.timeDomain = 'event-time';
    this.timers = timers;
    this.backend = backend;
  }

  get currentKey(): K {
    return this.backend.currentKey;
  }

  timerService(): TimerService {
    return this.timers;
  }

  getBroadcastState<BK, V>(descriptor: MapStateDescriptor<BK, V>): ReadOnlyBroadcastState<BK, V> {
    return this.states.toRead(descriptor);
  }
}

export class KeyedBroadcastWriteContext<K>
  extends BroadcastFunctionContext
  implements KeyedBroadcastContext<K>
{
  private readonly backend: KeyedStateBackend<K>;
  private readonly store: KeyedStateStore;
  private readonly operatorName: string;

  constructor(
    states: BroadcastStates,
    times: ReadableTimes,
    sideOutput: SideOutput,
    keyed: {
      readonly backend: KeyedStateBackend<K>;
      readonly store: KeyedStateStore;
      readonly operatorName: string;
    },
  ) {
    super(states, times, sideOutput);
    this.backend = keyed.backend;
    this.store = keyed.store;
    this.operatorName = keyed.operatorName;
  }

  getBroadcastState<BK, V>(descriptor: MapStateDescriptor<BK, V>): BroadcastState<BK, V> {
    return this.states.toWrite(descriptor);
  }

  applyToKeyedState<D extends StateDescriptor>(
    descriptor: D,
    fn: KeyedStateFunction<K, StateOf<D>>,
  ): void {
    const state = declaredState(this.store, descriptor) as StateOf<D>;
    const process = typeof fn === 'function' ? fn : (key: K, of: StateOf<D>) => fn.process(key, of);
    for (const key of this.backend.getKeys(descriptor.name, VOID_NAMESPACE)) {
      this.backend.setCurrentKey(key);
      refuseAsync(process(key, state), this.operatorName, 'the function of applyToKeyedState');
    }
    this.backend.unsetCurrentKey();
  }
}

function declaredState(store: KeyedStateStore, descriptor: StateDescriptor): State {
  switch (descriptor.kind) {
    case 'value':
      return store.getState(descriptor);
    case 'list':
      return store.getListState(descriptor);
    case 'map':
      return store.getMapState(descriptor);
    case 'reducing':
      return store.getReducingState(descriptor);
    case 'aggregating':
      return store.getAggregatingState(descriptor);
  }
}
