/** Calls a reader function for each key of an operator. Flink: KeyedStateReaderOperator. */
import { keyIdentityOf, Types, VOID_NAMESPACE } from '@millrace/core';
import { cloneFunction, StreamingRuntimeContext } from '@millrace/runtime';
import type { KeyedStateBackend } from '@millrace/state';
import { callFunction, EmittedRecords, functionFailed } from './function-call.ts';
import type { KeyedStateReaderFunction } from './keyed-state-reader-function.ts';
import type { KeyedSlice, KeyedStateSource } from './keyed-state-source.ts';
import { ReaderStateStore } from './reader-state-store.ts';
import { RegisteredTimers } from './registered-timers.ts';

/** In batches of what the function emits. */
export function readKeys<K, OUT>(
  source: KeyedStateSource<K>,
  readerFunction: KeyedStateReaderFunction<K, OUT>,
): AsyncGenerator<readonly OUT[], void, undefined> {
  return source.slices((slice) => readSlice(source, slice, readerFunction));
}

async function* readSlice<K, OUT>(
  source: KeyedStateSource<K>,
  { backend, context }: KeyedSlice<K>,
  readerFunction: KeyedStateReaderFunction<K, OUT>,
): AsyncGenerator<readonly OUT[], void, undefined> {
  const fn = cloneFunction(readerFunction);
  const store = new ReaderStateStore(backend);
  fn.runtimeContext = new StreamingRuntimeContext(context, store);
  try {
    await guarded('open()', () => fn.open({ taskName: context.taskInfo.taskName }));
    store.seal();
    source.requireOneOf([...store.names]);
    const eventTimers = timers(backend, 'event');
    const processingTimers = timers(backend, 'processing');
    const out = new EmittedRecords<OUT>();
    for (const key of keysOf(backend, store.names)) {
      backend.setCurrentKey(key);
      const readerContext = {
        registeredEventTimeTimers: () => eventTimers.of(key, VOID_NAMESPACE),
        registeredProcessingTimeTimers: () => processingTimers.of(key, VOID_NAMESPACE),
      };
      callFunction(`readKey() of ${source.id}`, () => fn.readKey(key, readerContext, out));
      if (out.isFull) {
        yield out.take();
      }
    }
    yield out.take();
  } finally {
    await guarded('close()', () => fn.close());
  }

  async function guarded(method: string, call: () => void | Promise<void>): Promise<void> {
    try {
      await call();
    } catch (error) {
      throw functionFailed(`${method} of the reader function of ${source.id}`, error);
    }
  }
}

function timers<K>(
  backend: KeyedStateBackend<K>,
  domain: 'event' | 'processing',
): RegisteredTimers<K, typeof VOID_NAMESPACE> {
  return new RegisteredTimers(backend, `_timer_state/${domain}_user-timers`, Types.VOID_NAMESPACE);
}

/** Each key once, though it may have several of the states. */
function* keysOf<K>(backend: KeyedStateBackend<K>, names: Iterable<string>): Generator<K> {
  const identityOf = keyIdentityOf(backend.keySerializer);
  const seen = new Set<unknown>();
  for (const name of names) {
    for (const key of backend.getKeys(name, VOID_NAMESPACE)) {
      const identity = identityOf(key);
      if (!seen.has(identity)) {
        seen.add(identity);
        yield key;
      }
    }
  }
}
