/**
 * A gateway that gives what it was told a moment ago to all who ask for the same, so that no number of
 * requests makes many questions to the thread of the jobs.
 *
 * Invariants:
 * - What is read of the process or of one job is asked for `1000 / BRIEF_AGE_MS` times a second at most, by
 *   however many. Nobody is given what is older than `BRIEF_AGE_MS`, and errors are asked for anew.
 * - After a call that changes something was made, and after it ended, nobody is given what was asked before.
 * - State is asked for each time. Pictures, lists and metrics are not kept here: `ExecutionGraphCache` and
 *   `MetricFetcher` do.
 */
import type { Clock } from '@millrace/core';
import type { DispatcherGateway } from '@millrace/runtime';
import { TimedCache } from './timed-cache.ts';

/** Seen by nobody: web UIs ask every 3 s, command lines every 100 ms. */
export const BRIEF_AGE_MS = 50;
const KEYS_MAX = 1000;

const READS: ReadonlySet<unknown> = new Set<keyof DispatcherGateway>([
  'jobStatus',
  'jobExecutionResult',
  'resourceRequirements',
  'configuration',
  'log',
]);
const CHANGES: ReadonlySet<unknown> = new Set<keyof DispatcherGateway>([
  'cancelJob',
  'triggerSavepoint',
  'stopWithSavepoint',
  'triggerCheckpoint',
  'disposeSavepoint',
  'updateResourceRequirements',
  'shutDown',
]);

type Call = (...args: unknown[]) => Promise<unknown>;

export class BriefCalls {
  private readonly clock: Clock;
  private answers: TimedCache<unknown>;

  constructor(clock: Clock) {
    this.clock = clock;
    this.answers = this.newAnswers();
  }

  /** Of several gateways to one thread what one changes the others forget. */
  gateway(gateway: DispatcherGateway): DispatcherGateway {
    return new Proxy(gateway, {
      get: (target, name) => {
        const method = Reflect.get(target, name) as unknown;
        if (typeof method !== 'function' || !(READS.has(name) || CHANGES.has(name))) {
          return method;
        }
        const call: Call = (...args) => method.apply(target, args) as Promise<unknown>;
        return READS.has(name) ? this.read(String(name), call) : this.change(call);
      },
    });
  }

  private read(name: string, call: Call): Call {
    return (...args) => this.answers.get([name, ...args].join(' '), () => call(...args));
  }

  private change(call: Call): Call {
    return (...args) => {
      this.answers = this.newAnswers();
      return call(...args).finally(() => {
        this.answers = this.newAnswers();
      });
    };
  }

  private newAnswers(): TimedCache<unknown> {
    return new TimedCache({
      clock: this.clock,
      maxAgeMs: BRIEF_AGE_MS,
      patienceMs: BRIEF_AGE_MS,
      staleAgeMsMax: -1, // An old value is never given.
      sizeMax: KEYS_MAX,
    });
  }
}
