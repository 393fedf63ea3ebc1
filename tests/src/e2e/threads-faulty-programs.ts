/** Programs with faults that only worker threads meet, as functions like those of `threads-jobs.ts`. */
import { execFileSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import {
  type JobClient,
  perSubtask,
  RichFunction,
  StreamExecutionEnvironment,
  Types,
} from 'millrace';
import type { Settings } from './threads-jobs.ts';

function environment(
  entryPoint: string,
  args: readonly [Settings, ...unknown[]],
): StreamExecutionEnvironment {
  const env = StreamExecutionEnvironment.createLocalEnvironment(args[0]);
  env.setServices({
    program: { module: import.meta.url, entryPoint, args },
    warn: () => {},
  });
  return env;
}

/** Makes no function in a worker thread. */
export function throwingFactory(settings: Settings): Promise<unknown> {
  const create = () => {
    if (!isMainThread) {
      throw new Error('planted in the factory');
    }
    return { map: (n: number) => n };
  };
  return environment('throwingFactory', [settings])
    .fromSequence(1, 10)
    .map(perSubtask(create), Types.LONG)
    .name('never made')
    .executeAndCollect();
}

const fails = (): never => {
  throw new Error('planted in a metric');
};

/** Registers metrics of all kinds that throw, or that no other thread can have. */
class WithMetrics extends RichFunction {
  override open(): void {
    const group = this.runtimeContext.metricGroup;
    const inc = () => {};
    const count = {
      inc,
      get count(): number {
        return fails();
      },
    };
    group.counter('throwingCounter', count);
    group.counter('symbolCounter', { inc, count: Symbol('count') as unknown as number });
    group.meter('throwingMeter', {
      markEvent: () => {},
      updateView: fails,
      count: 1,
      get rate(): number {
        return fails();
      },
    } as never);
    group.histogram('throwingHistogram', { update: () => {}, count: 1, statistics: fails });
    group.gauge('throwingGauge', fails);
    group.gauge('symbolGauge', () => Symbol('gauge') as unknown as string);
    group.gauge('functionGauge', (() => fails) as unknown as () => string);
    group.gauge('soundGauge', () => 7);
  }

  map(n: number): number {
    return n;
  }
}

export async function faultyMetrics(settings: Settings): Promise<JobClient> {
  const env = environment('faultyMetrics', [settings]);
  env.fromSequence(1, 10).map(new WithMetrics(), Types.LONG).print();
  const job = await env.executeAsync();
  await job.jobExecutionResult();
  return job;
}

/** In its first attempt a call into native code that nothing breaks off; tells of itself in a file. */
class Sleeps extends RichFunction {
  private readonly file: string;
  private readonly seconds: number;

  constructor(file: string, seconds: number) {
    super();
    this.file = file;
    this.seconds = seconds;
  }

  override open(): void {
    appendFileSync(this.file, `open ${this.runtimeContext.taskInfo.attemptNumber}\n`);
  }

  map(n: number): number {
    if (this.runtimeContext.taskInfo.attemptNumber === 0) {
      const script = `sleep ${this.seconds}; echo slept >> '${this.file}'`;
      execFileSync('sh', ['-c', script]);
    }
    return n;
  }
}

export function sleeping(settings: Settings, file: string, seconds: number): Promise<unknown> {
  return environment('sleeping', [settings, file, seconds])
    .fromData([1], Types.LONG)
    .map(new Sleeps(file, seconds), Types.LONG)
    .name('sleeps')
    .executeAndCollect();
}
