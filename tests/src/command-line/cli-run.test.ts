/** Programs that `millrace run` runs. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { MILLRACE, millrace } from './run-cli.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'millrace-cli-run-'));
symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
after(() => rmSync(folder, { recursive: true, force: true }));

/** @returns its name; it lies in `folder` */
function program(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return name;
}
const run = (...args: string[]) => millrace(['run', ...args], { cwd: folder });

const JOB = `
import {
  DataGeneratorSource, RateLimiterStrategy, StreamExecutionEnvironment, Types, WatermarkStrategy,
} from 'millrace';
const env = StreamExecutionEnvironment.getExecutionEnvironment();
const endless = process.argv.includes('--endless');
const rate = { type: Types.LONG, rateLimiterStrategy: RateLimiterStrategy.perSecond(endless ? 50 : 1000) };
env
  .fromSource(
    new DataGeneratorSource((n) => n, endless ? 1_000_000 : 20, rate),
    WatermarkStrategy.noWatermarks(),
    'numbers',
  )
  .print();
await env.execute('numbers');
console.log('parallelism', env.parallelism);
`;
const jobJs = program('job.js', JOB);

describe('millrace run', () => {
  it('runs a program with the settings of the command line', async () => {
    const { stdout, status } = await run(jobJs, '-p', '1', '-D', 'rest.bind-port=0');

    assert.equal(status, 0);
    assert.match(stdout, /^19$/m);
    assert.match(stdout, /^parallelism 1$/m);
  });

  it('runs a program in TypeScript', async () => {
    const ts = program('typed.ts', 'const n: number = process.argv.length;\nconsole.log(n > 2);\n');

    const { stdout, status } = await run(ts);

    assert.deepEqual([stdout, status], ['true\n', 0]);
  });

  it('gives the program its arguments before the settings', async () => {
    const echo = program('echo.js', 'console.log(JSON.stringify(process.argv.slice(2)))');

    const { stdout } = await run(echo, '-s', '/s', '-n', '--', '-p', 'x', '--json');

    const args = JSON.parse(stdout) as string[];
    assert.deepEqual(args.slice(0, 3), ['-p', 'x', '--json']);
    assert.ok(args.includes('execution.state-recovery.path=/s'));
    assert.ok(args.includes('execution.state-recovery.ignore-unclaimed-state=true'));
  });

  for (const [what, text, expected] of [
    ['the code that it ends with', 'process.exit(7)', 7],
    ['128 and the signal that ends it', 'process.kill(process.pid, "SIGKILL")', 137],
    ['1 where it throws', 'throw new Error("no")', 1],
  ] as const) {
    it(`ends with ${what}`, async () => {
      const { status } = await run(program(`ends-${expected}.js`, text));

      assert.equal(status, expected);
    });
  }

  it('says that there is no such program', async () => {
    const { stderr, status } = await run('nowhere.ts');

    assert.equal(status, 1);
    assert.match(stderr, /PROGRAM_NOT_STARTED: there is no program .*nowhere\.ts; give the file/);
  });

  it('hands a signal on, once, so that the job ends in order', async () => {
    const child = spawn(
      process.execPath,
      [MILLRACE, 'run', jobJs, '-D', 'rest.bind-port=0', '--', '--endless'],
      { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    const ended = new Promise<number | null>((resolve) => {
      child.once('close', (code) => resolve(code));
    });
    await new Promise<void>((resolve) => {
      child.stdout.once('data', () => resolve());
    });

    child.kill('SIGINT');
    const status = await ended;

    assert.equal(status, 130);
    assert.match(stderr, /SIGINT: job numbers is ended in order/);
  });
});

describe('millrace info', () => {
  it('shows what a program would run, and does not run it', async () => {
    const shown = await millrace(['info', jobJs, '-p', '2'], { cwd: folder });
    const asJson = await millrace(['info', jobJs, '--json'], { cwd: folder });

    assert.equal(shown.status, 0, shown.stderr);
    assert.match(shown.stdout, /numbers/);
    assert.doesNotMatch(shown.stdout, /^19$/m);
    const { nodes } = JSON.parse(asJson.stdout) as { nodes: { description: string }[] };
    assert.ok(nodes.length > 0);
  });
});

/** Tells of an endpoint as `@millrace/server` does, and answers as it would. */
const ANNOUNCED = `
import { createServer } from 'node:http';
const job = { jid: 'a'.repeat(32), name: 'sums', state: 'RUNNING', 'start-time': 1, tasks: {} };
const server = createServer((request, response) => {
  response.end(JSON.stringify({ jobs: [job] }));
  if (request.url === '/stop') server.close();
});
server.listen(0, '127.0.0.1', () => {
  console.log('printed');
  globalThis[Symbol.for('millrace.rest.listening')]('http://127.0.0.1:' + server.address().port);
});
`;

describe('millrace run --detached', () => {
  it('tells the job and where it is, and leaves it running', async () => {
    const name = program('announced.js', ANNOUNCED);

    const { stdout, status, stderr } = await run(name, '--detached', '--json');

    assert.equal(status, 0, stderr);
    const { jobId, name: jobName, url, logFile } = JSON.parse(stdout) as Record<string, string>;
    assert.deepEqual([jobId, jobName], ['a'.repeat(32), 'sums']);
    assert.equal((await fetch(`${url}/stop`, { headers: { connection: 'close' } })).status, 200);
    assert.equal(logFile?.endsWith('announced.log'), true);
    assert.equal(readFileSync(logFile as string, 'utf8'), 'printed\n');
  });

  it('puts out the id alone', async () => {
    const name = program('announced-id.js', ANNOUNCED);

    const { stdout, stderr } = await run(name, '-d', '--log-file', 'other.log');

    const [, url] = /^sums \(a{32}\) is RUNNING in process \d+: (\S+)$/m.exec(stderr) ?? [];
    await fetch(`${url}/stop`, { headers: { connection: 'close' } });
    assert.equal(stdout, `${'a'.repeat(32)}\n`);
    assert.match(stderr, /What it prints is in .*other\.log/);
  });

  it('fails with what the program said when it ends before its job runs', async () => {
    const name = program('fails.js', 'console.error("no such table"); process.exit(3)');

    const { stdout, stderr, status } = await run(name, '-d');

    assert.deepEqual([stdout, status], ['', 1]);
    assert.match(stderr, /PROGRAM_NOT_STARTED: fails\.js ended with code 3 .*:\nno such table\n/);
  });
});
