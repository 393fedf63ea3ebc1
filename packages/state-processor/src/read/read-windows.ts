/**
 * Calls a reader function for each key and window of an operator.
 *
 * Flink: WindowReaderOperator. It gives of merging windows the one under which their contents are
 * kept; here it is the one that they became.
 */
import {
  type KeyedStateStore,
  keyIdentityOf,
  type ListState,
  ListStateDescriptor,
  type State,
  type TypeInformation,
  Types,
  VOID_NAMESPACE,
  type Window,
} from '@millrace/core';
import {
  cloneFunction,
  NamespacedStateStore,
  StreamingRuntimeContext,
  WINDOW_CONTENTS,
} from '@millrace/runtime';
import type { KeyedStateBackend } from '@millrace/state';
import { callFunction, EmittedRecords, functionFailed } from './function-call.ts';
import type { KeyedSlice, KeyedStateSource } from './keyed-state-source.ts';
import { RegisteredTimers } from './registered-timers.ts';
import type { WindowContentsReading } from './window-contents-reading.ts';
import type { WindowReaderContext, WindowReaderFunction } from './window-reader-function.ts';

const MERGING_WINDOW_SET = 'merging-window-set';

export interface WindowReading<IN, OUT, K, W extends Window> {
  readonly windowType: TypeInformation<W>;
  readonly contents: WindowContentsReading<IN>;
  /** Without one the contents themselves are given. */
  readonly readerFunction: WindowReaderFunction<IN, OUT, K, W> | undefined;
}

/** In batches of what the function emits. */
export function readWindows<IN, OUT, K, W extends Window>(
  source: KeyedStateSource<K>,
  reading: WindowReading<IN, OUT, K, W>,
): AsyncGenerator<readonly OUT[], void, undefined> {
  return source.slices((slice) => readSlice(source, slice, reading));
}

async function* readSlice<IN, OUT, K, W extends Window>(
  source: KeyedStateSource<K>,
  { backend, context }: KeyedSlice<K>,
  { windowType, contents, readerFunction }: WindowReading<IN, OUT, K, W>,
): AsyncGenerator<readonly OUT[], void, undefined> {
  const state = backend.getOrCreateKeyedState<W, State>(windowType, contents.descriptor);
  const fn = readerFunction === undefined ? undefined : cloneFunction(readerFunction);
  const places = new WindowReaderPlaces(backend, windowType);
  const merged = new MergedWindows(backend, windowType, source.stateNames.has(MERGING_WINDOW_SET));
  const out = new EmittedRecords<OUT>();
  try {
    if (fn !== undefined) {
      fn.runtimeContext = new StreamingRuntimeContext(context, places.globalState());
      await guarded('open()', () => fn.open({ taskName: context.taskInfo.taskName }));
    }
    for (const [key, stateWindow] of backend.getKeysAndNamespaces<W>(WINDOW_CONTENTS)) {
      backend.setCurrentKey(key);
      state.setCurrentNamespace(stateWindow);
      places.enter(key, merged.windowOf(stateWindow));
      const elements = contents.elements(state);
      if (fn === undefined) {
        for (const element of elements as Iterable<unknown> as Iterable<OUT>) {
          out.collect(element);
        }
      } else {
        const where = `readWindow() of ${source.id}`;
        callFunction(where, () => fn.readWindow(key, places, elements, out));
      }
      if (out.isFull) {
        yield out.take();
      }
    }
    yield out.take();
  } finally {
    await guarded('close()', () => fn?.close());
  }

  async function guarded(method: string, call: () => void | Promise<void>): Promise<void> {
    try {
      await call();
    } catch (error) {
      throw functionFailed(`${method} of the window reader function of ${source.id}`, error);
    }
  }
}

/** What a function sees beside the contents. */
class WindowReaderPlaces<K, W extends Window> implements WindowReaderContext<W> {
  window!: W;
  private key!: K;
  private readonly perWindow: NamespacedStateStore<K, W | undefined>;
  private readonly global: KeyedStateStore;
  private readonly eventTimers: RegisteredTimers<K, W>;
  private readonly processingTimers: RegisteredTimers<K, W>;

  constructor(backend: KeyedStateBackend<K>, windowType: TypeInformation<W>) {
    this.perWindow = new NamespacedStateStore<K, W | undefined>(
      backend,
      windowType as TypeInformation<W | undefined>,
      undefined,
    );
    this.global = new NamespacedStateStore(backend, Types.VOID_NAMESPACE, VOID_NAMESPACE);
    const timers = (domain: string): RegisteredTimers<K, W> =>
      new RegisteredTimers(backend, `_timer_state/${domain}_window-timers`, windowType);
    this.eventTimers = timers('event');
    this.processingTimers = timers('processing');
  }

  enter(key: K, window: W): void {
    this.key = key;
    this.window = window;
    this.perWindow.namespace = window;
  }

  triggerState(): KeyedStateStore {
    return this.perWindow;
  }

  windowState(): KeyedStateStore {
    return this.perWindow;
  }

  globalState(): KeyedStateStore {
    return this.global;
  }

  registeredEventTimeTimers(): ReadonlySet<number> {
    return this.eventTimers.of(this.key, this.window);
  }

  registeredProcessingTimeTimers(): ReadonlySet<number> {
    return this.processingTimers.of(this.key, this.window);
  }
}

/** Of the current key: which window each window became. */
class MergedWindows<K, W extends Window> {
  private readonly mapping: ListState<readonly [window: W, stateWindow: W]> | undefined;
  private readonly identityOf: (window: W) => unknown;

  constructor(
    backend: KeyedStateBackend<K>,
    windowType: TypeInformation<W>,
    hasMergingWindows: boolean,
  ) {
    this.identityOf = keyIdentityOf(windowType.createSerializer());
    if (!hasMergingWindows) {
      this.mapping = undefined;
      return;
    }
    const pairs = Types.TUPLE<[W, W]>(windowType, windowType);
    const store = new NamespacedStateStore(backend, Types.VOID_NAMESPACE, VOID_NAMESPACE);
    this.mapping = store.getListState(new ListStateDescriptor(MERGING_WINDOW_SET, pairs));
  }

  windowOf(stateWindow: W): W {
    const identity = this.identityOf(stateWindow);
    for (const [window, kept] of this.mapping?.get() ?? []) {
      if (this.identityOf(kept) === identity) {
        return window;
      }
    }
    return stateWindow;
  }
}
