/** A gateway whose calls fail when no answer has come in time. */
import { type Clock, TaskError, WebOptions } from '@millrace/core';

/** @returns the same methods; @throws TaskError `REST_TIMEOUT` from each after `timeoutMs` */
export function boundedGateway<G extends object>(
  gateway: G,
  options: { readonly clock: Clock; readonly timeoutMs: number },
): G {
  return new Proxy(gateway, {
    get: (target, name) => {
      const method = Reflect.get(target, name) as unknown;
      return typeof method === 'function'
        ? (...args: unknown[]) =>
            withinTime(String(name), method.apply(target, args) as Promise<unknown>, options)
        : method;
    },
  });
}

function withinTime<T>(
  name: string,
  answer: Promise<T>,
  { clock, timeoutMs }: { readonly clock: Clock; readonly timeoutMs: number },
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimer(timeoutMs, () =>
      reject(
        new TaskError(
          'REST_TIMEOUT',
          `the thread of the jobs has not answered ${name} within ${timeoutMs} ms (${WebOptions.TIMEOUT.key}); ` +
            'a function of a job may block it',
        ),
      ),
    );
    answer.then(resolve, reject).finally(() => timer.cancel());
  });
}
