/** Calls functions of the user, and says which one failed and where. */
import { type Collector, ConfigError, errorCode, TaskError, thrownText } from '@millrace/core';
import { isThenable } from '@millrace/runtime';

/** So many records go on together: giving each on its own costs more than reading it. */
const BATCH_RECORDS = 256;

/** Gathers what calls emit. */
export class EmittedRecords<OUT> implements Collector<OUT> {
  private records: OUT[] = [];

  get isFull(): boolean {
    return this.records.length >= BATCH_RECORDS;
  }

  collect(record: OUT): void {
    this.records.push(record);
  }

  /** Since the last time. */
  take(): OUT[] {
    const { records } = this;
    this.records = [];
    return records;
  }
}

/** @throws ConfigError `FUNCTION_IS_ASYNC` @throws TaskError `USER_FUNCTION_FAILED` */
export function callFunction(where: string, call: () => unknown): void {
  let result: unknown;
  try {
    result = call();
  } catch (error) {
    throw functionFailed(where, error);
  }
  checkNoPromise(where, result);
}

/** @throws ConfigError `FUNCTION_IS_ASYNC` */
export function checkNoPromise(where: string, result: unknown): void {
  if (isThenable(result)) {
    Promise.resolve(result).catch(() => {}); // What it fails with comes too late to be of use.
    throw new ConfigError(
      'FUNCTION_IS_ASYNC',
      `${where} gave a promise, and nobody waits for it; look up what takes time elsewhere`,
    );
  }
}

/** Errors of ours go on as they are. */
export function functionFailed(where: string, error: unknown): unknown {
  return errorCode(error) === undefined
    ? new TaskError('USER_FUNCTION_FAILED', `${where} threw: ${thrownText(error)}`, {
        cause: error,
      })
    : error;
}
