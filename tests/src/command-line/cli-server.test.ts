/** Jobs that `millrace` runs, asks and steers over the REST endpoint of their own process. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type CliRun, fieldsOf, millrace } from './run-cli.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'millrace-cli-server-'));
symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
writeFileSync(
  join(folder, 'counts.js'),
  `
import {
  DataGeneratorSource, KeyedProcessFunction, RateLimiterStrategy, StreamExecutionEnvironment, Types,
  ValueStateDescriptor, WatermarkStrategy,
} from 'millrace';

class Count extends KeyedProcessFunction {
  open() {
    const descriptor = new ValueStateDescriptor('count', Types.LONG);
    descriptor.setQueryable('counts');
    this.count = this.runtimeContext.getState(descriptor);
  }
  processElement(n, context, out) {
    this.count.update((this.count.value() ?? 0) + 1);
    out.collect(n);
  }
}

const env = StreamExecutionEnvironment.getExecutionEnvironment();
const rate = { type: Types.LONG, rateLimiterStrategy: RateLimiterStrategy.perSecond(1000) };
env
  .fromSource(new DataGeneratorSource((n) => n, 1e9, rate), WatermarkStrategy.noWatermarks(), 'numbers')
  .uid('numbers')
  .keyBy((n) => 'k' + (n % 3), Types.STRING)
  .process(new Count(), Types.LONG)
  .uid('counter')
  .filter(() => false)
  .print()
  .uid('out');
await env.execute('counts');
console.log('over');
`,
);

interface Started {
  readonly jobId: string;
  readonly pid: number;
  readonly url: string;
}
const started: Started[] = [];
after(() => {
  for (const { pid } of started) {
    try {
      process.kill(pid, 'SIGKILL'); // One that a test which failed left behind.
    } catch {
      // It has ended.
    }
  }
  rmSync(folder, { recursive: true, force: true });
});

/** A job in the background, on a free port, with a folder of savepoints. */
async function startJob(...args: string[]): Promise<Started> {
  const settings = [
    'rest.bind-port=0',
    'execution.checkpointing.interval=1h',
    `execution.checkpointing.dir=file:${folder}/checkpoints`,
  ];
  const { stdout, stderr } = await millrace(
    ['run', 'counts.js', '-d', '--json', ...settings.flatMap((each) => ['-D', each]), ...args],
    { cwd: folder },
  );
  assert.notEqual(stdout, '', stderr);
  const job = JSON.parse(stdout) as Started;
  started.push(job);
  return job;
}

const ask = ({ url }: Started, ...args: string[]): Promise<CliRun> =>
  millrace([...args, '-m', url], { cwd: folder });

describe('a job that runs detached', () => {
  it('is listed, asked for its state, checkpointed, and cancelled with a savepoint', async () => {
    const job = await startJob();

    const list = await ask(job, 'list');
    const ui = await ask(job, 'ui', 'counts');
    const states = await ask(job, 'query', 'counts');
    const value = await ask(job, 'query', 'counts', 'counts', 'k1');
    const nothing = await ask(job, 'query', job.jobId.slice(0, 8), 'counts', 'none');
    const rows = await ask(job, 'sql', 'counts', 'SELECT key FROM counter.count ORDER BY key');
    const checkpoint = await ask(job, 'checkpoint', 'counts', '--json');
    const then = await ask(job, 'sql', 'counts', 'SELECT count(*) FROM count', '--source', '1');
    const canceled = await ask(job, 'cancel', 'counts', '-s', 'savepoints');

    assert.deepEqual(fieldsOf(list.stdout)[1]?.slice(0, 3), [job.jobId, 'counts', 'RUNNING']);
    assert.equal(ui.stdout, `${job.url}/#/job/${job.jobId}\n`);
    assert.deepEqual(fieldsOf(states.stdout)[1]?.slice(0, 4), [
      'counts',
      'value',
      'String',
      'Long',
    ]);
    assert.ok(Number(value.stdout) > 0, value.stderr);
    assert.match(nothing.stderr, /^millrace: STATE_KEY_NOT_FOUND: /);
    assert.equal(rows.stdout, 'key\nk0\nk1\nk2\n', rows.stderr);
    const { checkpointId, path } = JSON.parse(checkpoint.stdout) as Record<string, unknown>;
    assert.equal(checkpointId, 1);
    assert.match(String(path), /\/checkpoints\/\w+\/chk-1$/);
    assert.equal(fieldsOf(then.stdout)[1]?.[0], '3', then.stderr);
    assert.match(canceled.stdout, /\/savepoints\/savepoint-\w+-\w+\n$/, canceled.stderr);
    assert.equal(canceled.status, 0, canceled.stderr);
    const savepoint = await millrace(['snapshot', 'ls', canceled.stdout.trim()]);
    assert.equal(savepoint.status, 0, savepoint.stderr);
  });

  it('is stopped, and goes on from its savepoint', async () => {
    const first = await startJob('--log-file', 'first.log');
    const early = await ask(first, 'query', 'counts', 'counts', 'k1');
    const stopped = await ask(first, 'stop', 'counts', '-p', 'stopped');
    assert.equal(stopped.status, 0, stopped.stderr);

    const second = await startJob('-s', stopped.stdout.trim(), '--log-file', 'second.log');
    const value = await ask(second, 'query', 'counts', 'counts', 'k1');
    const canceled = await ask(second, 'cancel', 'counts');

    assert.ok(Number(value.stdout) > Number(early.stdout), value.stderr);
    assert.equal(canceled.status, 0, canceled.stderr);
    assert.match(readFileSync(join(folder, 'first.log'), 'utf8'), /^over$/m);
    assert.match(readFileSync(join(folder, 'second.log'), 'utf8'), /JOB_CANCELED/);
  });

  it('is asked with its token alone', async () => {
    const job = await startJob('-D', 'rest.auth.token=sesame');

    const without = await ask(job, 'list');
    const wrong = await ask(job, 'cancel', 'counts', '--token', 'parsley');
    const right = await ask(job, 'cancel', 'counts', '--token', 'sesame');

    assert.match(without.stderr, /REST_UNAUTHORIZED: .*\(401\); give its token with --token/);
    assert.match(wrong.stderr, /REST_UNAUTHORIZED: .*\(401\); its token is not the one of --token/);
    assert.equal(right.status, 0, right.stderr);
  });

  it('says what is wrong with a savepoint that cannot be taken, and goes on', async () => {
    const job = await startJob();

    const folderless = await ask(job, 'savepoint', 'counts');
    const inFile = await ask(job, 'savepoint', 'counts', 'counts.js');
    const triggered = await ask(job, 'savepoint', 'counts', 'later', '--detached');
    const canceled = await ask(job, 'cancel', 'counts');

    assert.match(folderless.stderr, /knows no folder .*: millrace savepoint counts FOLDER\n$/);
    assert.match(inFile.stderr, /^millrace: IO_EXCEPTION: .* is a file, not a directory; check/);
    assert.match(triggered.stdout, /^[0-9a-f]{32}\n$/);
    assert.equal(canceled.status, 0, canceled.stderr);
  });
});
