/**
 * Takes the functions that a program hands in, and refuses at once what could not run.
 *
 * Invariant: what comes out is a plain function, an object with the method that is asked for and
 * that can be copied for each subtask, or a factory.
 */
import {
  ConfigError,
  checkArgument,
  checkFunctionArgument,
  checkObjectArgument,
  type FunctionOrFactory,
  type OutputTag,
  PerSubtask,
  refuseClass,
} from '@millrace/core';
import { checkCloneable } from '@millrace/runtime';

export interface FunctionRole {
  /** The call that takes the function, for messages: `map`. */
  readonly call: string;
  /** The method that its objects have. */
  readonly method: string;
}

/** Of `process`, on streams of every kind. */
export const PROCESS: FunctionRole = { call: 'process', method: 'processElement' };

/**
 * Where a plain function is the function itself.
 *
 * @throws ConfigError `INVALID_GRAPH`, `UNSUPPORTED`
 */
export function functionArgument<F>(role: FunctionRole, fn: F | PerSubtask<F>): F | PerSubtask<F> {
  if (typeof fn === 'function') {
    refuseClass(role.call, role.method, fn);
  } else if (!(fn instanceof PerSubtask)) {
    checkObject(role, fn, (name) => `${role.call}(perSubtask(() => new ${name}(…)))`);
  }
  return fn;
}

/**
 * Where the function is an object, so that a plain function can only be what makes one.
 *
 * @throws ConfigError `INVALID_GRAPH`, `UNSUPPORTED`
 */
export function functionObjectArgument<F extends object>(
  role: FunctionRole,
  fn: FunctionOrFactory<F>,
): F | PerSubtask<F> {
  if (fn instanceof PerSubtask) {
    return fn;
  }
  if (typeof fn === 'function') {
    refuseClass(role.call, role.method, fn);
    if (fn.length > 0) {
      throw new ConfigError(
        'INVALID_GRAPH',
        `${role.call} got a function with parameters; give an object with the method ${role.method}, or a function without parameters that makes one`,
      );
    }
    return new PerSubtask(fn as () => F);
  }
  checkObject(role, fn, (name) => `${role.call}(() => new ${name}(…))`);
  return fn;
}

/**
 * A function with timers on a stream that has no keys. One that a factory makes is not looked at: it
 * fails at its first timer.
 *
 * @throws ConfigError `INVALID_GRAPH`
 */
export function refuseTimers(role: FunctionRole, fn: object): void {
  if ('onTimer' in fn) {
    throw new ConfigError(
      'INVALID_GRAPH',
      `${role.call} on a stream without keys got ${fn.constructor.name}, which has onTimer; call keyBy before, or leave onTimer out`,
    );
  }
}

/**
 * Where a function of a window is asked for, of whatever kind. A plain function with parameters is
 * the function itself; one without makes it.
 *
 * @throws ConfigError `INVALID_GRAPH`, `UNSUPPORTED`
 */
export function windowFunctionArgument<F>(
  call: string,
  fn: F | PerSubtask<F> | (() => F),
): F | PerSubtask<F> {
  if (fn instanceof PerSubtask) {
    return fn;
  }
  const method =
    typeof (fn as { process?: unknown } | null)?.process === 'function' ? 'process' : 'apply';
  if (typeof fn === 'function') {
    refuseClass(call, 'process', fn);
    refuseClass(call, 'apply', fn);
    return fn.length === 0 ? new PerSubtask(fn as () => F) : (fn as F);
  }
  checkObject({ call, method }, fn, (name) => `${call}(() => new ${name}(…))`);
  return fn as F;
}

/**
 * A function with one parameter has no collector to give its records to: what it returns is lost.
 *
 * @throws ConfigError `INVALID_GRAPH`, `UNSUPPORTED`
 */
export function flatMapArgument<F>(fn: F | PerSubtask<F>): F | PerSubtask<F> {
  const given = functionArgument({ call: 'flatMap', method: 'flatMap' }, fn);
  const method = typeof fn === 'function' ? fn : (fn as { flatMap?: unknown }).flatMap;
  checkArgument(typeof method !== 'function' || method.length !== 1, fn, {
    call: 'flatMap',
    expected:
      'a function that takes the collector too and hands its records there: what it returns is ignored. Write (value, out) => out.collect(…)',
  });
  return given;
}

/** @throws ConfigError `INVALID_GRAPH`, and `UNSUPPORTED` if it cannot be copied for each subtask */
export function checkAssigner(call: string, assigner: unknown): void {
  const expected = 'a window assigner, such as TumblingEventTimeWindows.of(60_000)';
  checkObjectArgument('assignWindows', assigner, { call, expected });
  checkCloneable(assigner as object, () => 'write the assigner with plain fields and methods');
}

/** @throws ConfigError `INVALID_GRAPH` */
export function checkKeySelector(call: string, keySelector: unknown): void {
  const expected = 'a function that gives the key of a record, such as (order) => order.shop';
  checkFunctionArgument(keySelector, { call, expected });
}

/** @throws ConfigError `INVALID_GRAPH` */
export function checkOutputTag(call: string, tag: OutputTag<unknown> | undefined): void {
  const expected = "the tag of the side output: new OutputTag('late')";
  checkArgument(typeof tag?.id === 'string', tag, { call, expected });
}

/** @throws ConfigError `INVALID_GRAPH` */
export function checkWatermarkStrategy(call: string, strategy: unknown): void {
  const expected = 'a watermark strategy, such as WatermarkStrategy.forMonotonousTimestamps()';
  checkObjectArgument('createWatermarkGenerator', strategy, { call, expected });
}

function checkObject(role: FunctionRole, fn: unknown, remedy: (name: string) => string): void {
  const expected = `an object with the method ${role.method}`;
  checkObjectArgument(role.method, fn, { call: role.call, expected });
  checkCloneable(fn as object, (name) => `give what makes one instead: ${remedy(name)}`);
}
