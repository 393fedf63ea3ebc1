/** An asynchronous operator whose function answers when the test says so. */
import {
  type OpenContext,
  perSubtask,
  type ResultFuture,
  RichAsyncFunction,
  Types,
} from '@millrace/core';
import {
  type AsyncOutputMode,
  AsyncWaitOperator,
  type AsyncWaitOperatorOptions,
} from '@millrace/runtime';
import { type OperatorHarnessOptions, OperatorTestHarness } from '../operator-harness.ts';

/** A call that waits for its result. */
export interface Call {
  readonly value: string;
  readonly future: ResultFuture<string>;
}

/** Answers when the test says so. */
export class LookUp extends RichAsyncFunction<string, string> {
  readonly calls: Call[];
  opened: string;

  constructor(calls: Call[]) {
    super();
    this.calls = calls;
    this.opened = '';
  }

  override open(context: OpenContext): void {
    this.opened = context.taskName;
  }

  asyncInvoke(value: string, future: ResultFuture<string>): void {
    this.calls.push({ value, future });
  }
}

/** Gives something else when it takes too long. */
export class Patient extends LookUp {
  override timeout(value: string, future: ResultFuture<string>): void {
    future.complete([`${value} timed out`]);
  }
}

export interface OpenedAsync {
  readonly harness: OperatorTestHarness<string, AsyncWaitOperator<string, string>>;
  readonly calls: Call[];
  /** Completes the oldest call for a value. */
  complete(value: string, results?: readonly string[]): Promise<void>;
  fail(value: string, error: unknown): Promise<void>;
  /** Values of the open calls. */
  waiting(): string[];
}

type Options = Partial<AsyncWaitOperatorOptions<string, string>>;

export async function openAsync(
  outputMode: AsyncOutputMode,
  options: Options = {},
  harnessOptions: OperatorHarnessOptions = {},
): Promise<OpenedAsync> {
  const calls: Call[] = [];
  const harness = await OperatorTestHarness.open(
    new AsyncWaitOperator<string, string>({
      name: 'look-up',
      fn: perSubtask(() => new LookUp(calls)),
      outputMode,
      timeoutMs: 1000,
      capacity: 100,
      retryStrategy: undefined,
      inputType: Types.STRING,
      ...options,
    }),
    harnessOptions,
  );
  const callFor = (value: string): Call => {
    const at = calls.findIndex((call) => call.value === value);
    return calls.splice(at, 1)[0]!;
  };
  return {
    harness,
    calls,
    complete: async (value: string, results: readonly string[] = [value.toUpperCase()]) => {
      callFor(value).future.complete(results);
      await harness.settle();
    },
    fail: async (value: string, error: unknown) => {
      callFor(value).future.completeExceptionally(error);
      await harness.settle();
    },
    waiting: () => calls.map((call) => call.value),
  };
}
