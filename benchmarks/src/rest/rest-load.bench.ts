/**
 * What 1,000 requests a second from another process cost a job: the same job with and without them, in
 * turn. The paths are those that the web UI polls, and Prometheus's. The job has the main thread, the endpoint a thread of
 * its own, the requests a process: on two cores the last two share one, and take from the first what they
 * do not find there. So beside the ratio stands what each of the three spends for a request: only what the
 * job's thread spends is a cost where there is a core for the others.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { BenchSuite } from '@millrace/core/bench';
import {
  closeRestEndpoint,
  DataGeneratorSource,
  StreamExecutionEnvironment,
  Types,
  WatermarkStrategy,
  webInterfaceUrl,
} from 'millrace';
import { countGatewayCalls, type GatewayCalls } from './gateway-calls.ts';
import { cpuOfThreadsUs, threadIds } from './thread-cpu.ts';

interface LoadMessage {
  /** Of all requests so far; in reply to a question. */
  readonly answered?: number;
  readonly cpuUs?: number;
  readonly error?: string;
}

const LOAD = fileURLToPath(new URL('./request-load.js', import.meta.url));

export async function bench(suite: BenchSuite): Promise<void> {
  const records = suite.size(60_000_000, 10_000);
  const threadsBefore = new Set(threadIds());
  const calls = countGatewayCalls();
  const first = await start(suite.size(1_000_000, 10_000), 'first'); // Starts the endpoint.
  await first.client.jobExecutionResult();
  const url = (await webInterfaceUrl()) ?? '';
  const job = '/jobs/{job}';
  const paths = ['/overview', '/jobs/overview', job, `${job}/checkpoints`, `${job}/exceptions`];
  paths.push('/taskmanagers', '/jobs/metrics', '/metrics');
  const costs = new Costs(threadsBefore, calls);
  const load = fork(LOAD, [url, '1000', ...paths], { stdio: 'ignore' });
  await suite.compare('job under 1,000 requests/s', {
    baseline: 'no requests',
    operations: records,
    turns: 3,
    variants: {
      'no requests': {
        run: () => costs.alone.during(() => run(records)),
      },
      '1,000 requests/s': {
        setUp: async () => {
          load.send('ask');
          await once(load, 'message'); // It does.
        },
        run: async () => {
          const checksum = await costs.during(load, () => run(records));
          load.send('rest');
          return checksum;
        },
      },
    },
  });
  load.disconnect();
  costs.report(suite);
  await closeRestEndpoint();
}

/** Processor time of the main thread, the one of the process that runs jobs. */
class JobThread {
  cpuUs = 0;
  runs = 0;

  async during(run: () => Promise<number>): Promise<number> {
    const before = cpuOfThreadsUs().get(String(process.pid)) ?? 0;
    const checksum = await run();
    this.cpuUs += (cpuOfThreadsUs().get(String(process.pid)) ?? 0) - before;
    this.runs++;
    return checksum;
  }
}

class Costs {
  readonly alone = new JobThread();
  private readonly asked = new JobThread();
  private readonly threadsBefore: ReadonlySet<string>;
  private readonly gateway: GatewayCalls;
  private readonly sum = { answers: 0, seconds: 0, calls: 0, callsUs: 0, restUs: 0, loadUs: 0 };

  /** @param threadsBefore - those that the process had before it had an endpoint */
  constructor(threadsBefore: ReadonlySet<string>, gateway: GatewayCalls) {
    this.threadsBefore = threadsBefore;
    this.gateway = gateway;
  }

  async during(load: ChildProcess, run: () => Promise<number>): Promise<number> {
    const { sum, gateway } = this;
    const begin = performance.now();
    const before = { ...(await stateOf(load)), ...gateway, threads: cpuOfThreadsUs() };
    const checksum = await this.asked.during(run);
    const threads = cpuOfThreadsUs();
    const after = await stateOf(load);
    sum.seconds += (performance.now() - begin) / 1000;
    sum.answers += after.answered - before.answered;
    sum.loadUs += after.cpuUs - before.cpuUs;
    sum.calls += gateway.calls - before.calls;
    sum.callsUs += gateway.us - before.us;
    sum.restUs += this.largestOfNew(before.threads, threads);
    return checksum;
  }

  report(suite: BenchSuite): void {
    const { alone, asked, sum } = this;
    suite.report('answers', sum.answers / sum.seconds, '1/s');
    suite.report('questions to the thread of the job', sum.calls / sum.seconds, '1/s');
    suite.report('thread of the job, for these', sum.callsUs / sum.answers, 'µs a request');
    if (asked.cpuUs > 0) {
      const more = asked.cpuUs / asked.runs / (alone.cpuUs / alone.runs);
      suite.report('processor time of the thread of the job', more, 'of that without');
      suite.report('REST thread', sum.restUs / sum.answers, 'µs a request');
    }
    suite.report('process that asks', sum.loadUs / sum.answers, 'µs a request');
  }

  /** The REST thread: of those that came with the endpoint no other does as much. */
  private largestOfNew(
    before: ReadonlyMap<string, number>,
    after: ReadonlyMap<string, number>,
  ): number {
    const spent = Array.from(after, ([id, us]) =>
      this.threadsBefore.has(id) ? 0 : us - (before.get(id) ?? 0),
    );
    return Math.max(0, ...spent);
  }
}

/** Its next message would be an older one: those that came while the job ran wait. */
async function stateOf(load: ChildProcess): Promise<{ answered: number; cpuUs: number }> {
  load.send('how many?');
  for (;;) {
    const [message] = (await once(load, 'message')) as [LoadMessage];
    if (message.error !== undefined) {
      throw new Error(`a request failed: ${message.error}`);
    }
    if (message.answered !== undefined) {
      return { answered: message.answered, cpuUs: message.cpuUs ?? 0 };
    }
  }
}

async function start(records: number, name: string) {
  const env = StreamExecutionEnvironment.createLocalEnvironmentWithWebUI({
    'rest.bind-port': '0',
    'execution.shutdown-on-application-finish': 'false',
  });
  const counted = { records: 0 };
  env
    .fromSource(
      new DataGeneratorSource((index) => index, records, { type: Types.LONG }),
      WatermarkStrategy.noWatermarks(),
      'numbers',
    )
    .keyBy((value) => value % 1000, Types.LONG)
    .reduce((a, b) => a + b)
    .filter(() => {
      counted.records++;
      return false;
    })
    .print();
  return { client: await env.executeAsync(name), counted };
}

async function run(records: number): Promise<number> {
  const { client, counted } = await start(records, 'measured');
  await client.jobExecutionResult();
  return counted.records;
}
