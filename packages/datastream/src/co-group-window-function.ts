/**
 * Runs a join or co-group function of the program on the tagged records of a window.
 *
 * Invariants:
 * - The function is the attempt's own copy; its life cycle, state and checkpoint hooks are those of a
 *   function that the program hands to `process`.
 * - Records of each stream come in the order in which the window got them. A join gives the pairs of
 *   the first record of the first stream first.
 *
 * Flink: CoGroupWindowFunction, JoinCoGroupFunction, FlatJoinCoGroupFunction, WrappingFunction.
 */
import {
  type CoGroupFunction,
  type Collector,
  type PerSubtask,
  type ProcessWindowContext,
  ProcessWindowFunction,
  type SyncResult,
  type TaggedUnion,
} from '@millrace/core';
import { cloneFunction, forwardHooks, isThenable } from '@millrace/runtime';

type OnGroups<T1, T2, R> = (
  first: readonly T1[],
  second: readonly T2[],
  out: Collector<R>,
) => SyncResult;

/**
 * A JoinFunction or a FlatJoinFunction, as one type: with two overloads the compiler would not find the
 * types of the parameters of a plain function.
 */
export type JoinLikeFunction<T1, T2, R> =
  // biome-ignore lint/suspicious/noConfusingVoidType: a record, or nothing where it emits itself.
  | ((first: T1, second: T2, out: Collector<R>) => R | void)
  // biome-ignore lint/suspicious/noConfusingVoidType: a record, or nothing where it emits itself.
  | { join(first: T1, second: T2, out: Collector<R>): R | void };

export class CoGroupWindowFunction<T1, T2, R, K, W> extends ProcessWindowFunction<
  TaggedUnion<T1, T2>,
  R,
  K,
  W
> {
  private readonly onGroups: OnGroups<T1, T2, R>;

  constructor(
    kind: 'co-group',
    fn: CoGroupFunction<T1, T2, R> | PerSubtask<CoGroupFunction<T1, T2, R>>,
  );
  constructor(
    kind: 'join',
    fn: JoinLikeFunction<T1, T2, R> | PerSubtask<JoinLikeFunction<T1, T2, R>>,
  );
  constructor(kind: 'co-group' | 'join', fn: unknown) {
    super();
    const copy = cloneFunction(fn);
    this.onGroups =
      kind === 'join'
        ? joining(copy as JoinLikeFunction<T1, T2, R>)
        : coGrouping(copy as CoGroupFunction<T1, T2, R>);
    forwardHooks(this, copy);
  }

  override process(
    _key: K,
    _context: ProcessWindowContext<W>,
    elements: Iterable<TaggedUnion<T1, T2>>,
    out: Collector<R>,
  ): SyncResult {
    const first: T1[] = [];
    const second: T2[] = [];
    for (const element of elements) {
      if (element.isOne) {
        first.push(element.value as T1);
      } else {
        second.push(element.value as T2);
      }
    }
    return this.onGroups(first, second, out);
  }
}

function coGrouping<T1, T2, R>(fn: CoGroupFunction<T1, T2, R>): OnGroups<T1, T2, R> {
  return typeof fn === 'function' ? fn : (first, second, out) => fn.coGroup(first, second, out);
}

/** With three parameters it emits itself, else it gives one record for each pair. */
function joining<T1, T2, R>(fn: JoinLikeFunction<T1, T2, R>): OnGroups<T1, T2, R> {
  const join = typeof fn === 'function' ? fn : fn.join.bind(fn);
  const emitsItself = (typeof fn === 'function' ? fn : fn.join).length > 2;
  if (emitsItself) {
    const flatJoin = join as (a: T1, b: T2, out: Collector<R>) => SyncResult;
    return (first, second, out) => forEachPair(first, second, (a, b) => flatJoin(a, b, out));
  }
  const plainJoin = join as (a: T1, b: T2) => R;
  return (first, second, out) =>
    forEachPair(first, second, (a, b) => {
      const joined = plainJoin(a, b);
      return isThenable(joined) ? (joined as unknown as SyncResult) : out.collect(joined);
    });
}

/** Stops at a pair that gives a promise, which the operator refuses. */
function forEachPair<T1, T2>(
  first: readonly T1[],
  second: readonly T2[],
  onPair: (a: T1, b: T2) => SyncResult,
): SyncResult {
  for (const a of first) {
    for (const b of second) {
      const result = onPair(a, b);
      if (isThenable(result)) {
        return result;
      }
    }
  }
}
