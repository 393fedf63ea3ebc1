/** A gateway for tests that answers only what a test says. */
import { Configuration, SystemClock, TaskError, type Timer } from '@millrace/core';
import type { DispatcherGateway } from '@millrace/runtime';
import type { ThreadProfiler } from '../inspector/thread-profiles.ts';
import { RestEndpoint } from './rest-endpoint.ts';

/** A call that the test does not expect fails. */
export function gatewayOf(answers: Partial<DispatcherGateway> = {}): DispatcherGateway {
  const known: Partial<DispatcherGateway> = {
    jobs: async () => [],
    taskManagers: async () => [],
    jobDetails: async (jobId) => {
      throw new TaskError('JOB_NOT_FOUND', `job ${jobId} is not known here`);
    },
    ...answers,
  };
  return new Proxy(known as DispatcherGateway, {
    get: (target, name) =>
      Reflect.get(target, name) ?? (() => Promise.reject(new Error(`unexpected: ${String(name)}`))),
  });
}

const TEST_MS = 5_000;
const NEVER: Timer = { cancel: () => {} };

/** Without the timers that would keep the process of a test for minutes. */
class ShortClock extends SystemClock {
  override setTimer(delayMs: number, callback: () => void): Timer {
    return delayMs > TEST_MS ? NEVER : super.setTimer(delayMs, callback);
  }
}

export interface EndpointFixture {
  readonly endpoint: RestEndpoint;
  readonly app: RestEndpoint['app'];
  readonly holds: boolean[];
}

/** An endpoint that does not listen: `app.inject`. */
export function endpointOf(
  answers: Partial<DispatcherGateway> = {},
  settings: Readonly<Record<string, string>> = {},
  threads?: ThreadProfiler,
): EndpointFixture {
  const holds: boolean[] = [];
  const endpoint = new RestEndpoint({
    configuration: new Configuration(settings),
    gateway: gatewayOf(answers),
    clock: new ShortClock(),
    ...(threads !== undefined && { threads }),
    onHold: (hold) => holds.push(hold),
    onClose: () => {},
  });
  return { endpoint, app: endpoint.app, holds };
}
