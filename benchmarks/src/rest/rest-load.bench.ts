/**
 * What 1,000 requests a second from another process cost a job: the same job with and without them, in
 * turn. The paths are those that the web UI polls, and Prometheus's. The job has the main thread, the endpoint a thread of
 * its own, the requests a process: on two cores the last two share one, and take from the first what they
 * do not find there.
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

interface LoadMessage {
  /** Of all requests so far; in reply to a question. */
  readonly answered?: number;
  readonly error?: string;
}

const LOAD = fileURLToPath(new URL('./request-load.js', import.meta.url));

export async function bench(suite: BenchSuite): Promise<void> {
  const records = suite.size(60_000_000, 10_000);
  const first = await start(suite.size(1_000_000, 10_000), 'first'); // Starts the endpoint.
  await first.client.jobExecutionResult();
  const url = (await webInterfaceUrl()) ?? '';
  const job = '/jobs/{job}';
  const paths = ['/overview', '/jobs/overview', job, `${job}/checkpoints`, `${job}/exceptions`];
  paths.push('/taskmanagers', '/jobs/metrics', '/metrics');
  let load: ChildProcess | undefined;
  let answers = 0;
  let seconds = 0;
  await suite.compare('job under 1,000 requests/s', {
    baseline: 'no requests',
    operations: records,
    turns: 3,
    variants: {
      'no requests': {
        run: async () => run(records),
      },
      '1,000 requests/s': {
        setUp: async () => {
          load = fork(LOAD, [url, '1000', ...paths], { stdio: 'ignore' });
          await once(load, 'message'); // It asks.
        },
        run: async () => {
          const begin = performance.now();
          const before = await answeredBy(load!);
          const checksum = await run(records);
          answers += (await answeredBy(load!)) - before;
          seconds += (performance.now() - begin) / 1000;
          load?.disconnect();
          return checksum;
        },
      },
    },
  });
  suite.report('answers', answers / seconds, '1/s');
  await closeRestEndpoint();
}

/** Its next message would be an older one: those that came while the job ran wait. */
async function answeredBy(load: ChildProcess): Promise<number> {
  load.send('how many?');
  for (;;) {
    const [message] = (await once(load, 'message')) as [LoadMessage];
    if (message.error !== undefined) {
      throw new Error(`a request failed: ${message.error}`);
    }
    if (message.answered !== undefined) {
      return message.answered;
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
