/**
 * What a function of the program may have beside the method that it is called for: its life cycle,
 * its state and its view of checkpoints. This is the only list of them.
 *
 * Flink: RichFunction, CheckpointedFunction, ListCheckpointed, CheckpointListener; WrappingFunction.
 */
import type {
  CheckpointedFunction,
  CheckpointListener,
  ListCheckpointed,
  OpenContext,
  RuntimeContext,
} from '@millrace/core';

/**
 * Whatever of these a function object has is called. With `initializeState` it is a
 * CheckpointedFunction, else with `restoreState` a ListCheckpointed: this says how `snapshotState` is
 * called.
 */
export interface FunctionHooks
  extends Partial<Pick<CheckpointedFunction, 'initializeState'>>,
    Partial<Pick<ListCheckpointed<unknown>, 'restoreState'>>,
    Partial<CheckpointListener> {
  snapshotState?: CheckpointedFunction['snapshotState'] &
    ListCheckpointed<unknown>['snapshotState'];
  runtimeContext?: RuntimeContext;
  open?(context: OpenContext): void | Promise<void>;
  close?(): void | Promise<void>;
}

/** A record and not a list, so that the compiler misses a name that is left out. */
const METHODS: Readonly<Record<Exclude<keyof FunctionHooks, 'runtimeContext'>, true>> = {
  initializeState: true,
  restoreState: true,
  snapshotState: true,
  notifyCheckpointComplete: true,
  notifyCheckpointAborted: true,
  open: true,
  close: true,
};

/** The function as an object; an empty one for a plain function, which has no hooks. */
export function hooksOf(fn: unknown): FunctionHooks {
  return typeof fn === 'object' && fn !== null ? (fn as FunctionHooks) : {};
}

/**
 * Gives a function that wraps another one the hooks of the other one: those that there are, so that
 * the operator sees the same kind of function.
 */
export function forwardHooks(wrapper: object, wrapped: unknown): void {
  const hooks = hooksOf(wrapped);
  for (const name of Object.keys(METHODS) as (keyof typeof METHODS)[]) {
    const method = hooks[name] as ((...args: unknown[]) => unknown) | undefined;
    if (method !== undefined) {
      Object.defineProperty(wrapper, name, { value: method.bind(hooks) });
    }
  }
  Object.defineProperty(wrapper, 'runtimeContext', {
    get: () => hooks.runtimeContext,
    set: (context: RuntimeContext) => {
      hooks.runtimeContext = context;
    },
  });
}
