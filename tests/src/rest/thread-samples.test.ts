/** What the threads of a process do, over REST, of a job that runs. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  closeRestEndpoint,
  type JobClient,
  NumberSequenceSource,
  StreamExecutionEnvironment,
  Types,
  WatermarkStrategy,
  webInterfaceUrl,
} from 'millrace';

interface FlameGraph {
  readonly endTimestamp: number;
  readonly data?: FlameNode;
}

interface FlameNode {
  readonly name: string;
  readonly value: number;
  readonly children: readonly FlameNode[];
}

/** After so many calls V8 has compiled the function into the one that calls it. */
const CALLS_UNTIL_INLINED = 5_000;
let calls = 0;

function burnTheProcessor(value: number): number {
  calls++;
  let sum = value;
  for (let i = 0; i < 20_000; i++) {
    sum = Math.sqrt(sum + i);
  }
  return sum;
}

describe('samples of the threads of a job', () => {
  let url = '';
  let job: JobClient;
  const ask = async <T>(path: string): Promise<T> =>
    (await (await fetch(`${url}${path}`)).json()) as T;

  before(async () => {
    job = await startBurning();
    url = (await webInterfaceUrl()) ?? '';
    while (calls < CALLS_UNTIL_INLINED) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  });

  after(async () => {
    await job.cancel();
    await closeRestEndpoint();
  });

  it('are a flame graph of each vertex, with its functions and no others, also where V8 inlined them', async () => {
    const { vertices } = await ask<{ vertices: { id: string; name: string }[] }>(
      `/jobs/${job.jobId}`,
    );
    const texts: Record<string, string> = {};
    for (const { id, name } of vertices) {
      texts[name] = JSON.stringify(await flameGraphOf(id));
    }

    const burning = Object.entries(texts).filter(([, text]) => /burnTheProcessor/.test(text));
    assert.ok(vertices.length > 1);
    assert.deepEqual(
      burning.map(([name]) => /\bburn\b/.test(name)),
      [true],
      JSON.stringify(texts).slice(0, 2000),
    );
  });

  it('are a dump of its threads', async () => {
    const { taskmanagers } = await ask<{ taskmanagers: { id: string }[] }>('/taskmanagers');
    const path = `/taskmanagers/${taskmanagers[0]?.id}/thread-dump`;
    const all = await ask<{ threadInfos: { threadName: string }[] }>('/jobmanager/thread-dump');

    const names = all.threadInfos.map(({ threadName }) => threadName);
    assert.ok(names.includes('main') && names.includes('rest-endpoint'), names.join());
    // At any one moment the thread may collect garbage, or be between two functions.
    while (!/burnTheProcessor \(file:.*thread-samples/.test(JSON.stringify(await ask(path)))) {}
  });

  async function flameGraphOf(vertex: string): Promise<FlameNode> {
    for (;;) {
      const path = `/jobs/${job.jobId}/vertices/${vertex}/flamegraph`;
      const { data } = await ask<FlameGraph>(path);
      if (data !== undefined) {
        return data;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
});

/** All of the time goes to a function of one of its vertices. */
async function startBurning(): Promise<JobClient> {
  const env = StreamExecutionEnvironment.createLocalEnvironmentWithWebUI({
    'rest.bind-port': '0',
    'web.refresh-interval': '10 ms',
    'rest.flamegraph.enabled': 'true',
    'rest.flamegraph.num-samples': '100',
    'rest.flamegraph.delay-between-samples': '5 ms',
  }).setParallelism(1);
  env
    .fromSource(
      new NumberSequenceSource(0, 1e12),
      WatermarkStrategy.noWatermarks<number>(),
      'numbers',
    )
    .rebalance()
    .map(burnTheProcessor, Types.DOUBLE)
    .name('burn')
    .disableChaining()
    .filter(() => false)
    .print();
  return env.executeAsync('burning');
}
