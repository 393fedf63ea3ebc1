/**
 * Our side of a pipeline: the job on the `local` deployment or on worker threads, driven line by line. As PipelineSide.java.
 *
 *     node --expose-gc pipeline-side.js WORK hashmap|rocksdb PARALLELISM CHECKPOINT_MS BUDGET_BYTES FOLDER ENDLESS \
 *         local|threads
 *
 * - `check COUNT`: the job over so many records, to its end. `{checksum, results}`
 * - `start`: the job over records without end. `{ns}`, until it runs
 * - `run SETTLE_MS MS`: records that its sources make in that time, after the first, and what all threads
 *   of the process took. `{operations, ns, cpuNs, made}`
 * - `generate MS`: makes records and drops them. `{operations, ns}`
 * - `memory`: `{rssMiB, peakMiB}`
 *
 * Who asks stops the process (SIGSTOP) while it is another side's turn.
 */
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import type { BackendKind } from '../compared-state-backends.ts';
import type { Reply } from '../side.ts';
import { PipelineMeter } from './pipeline-meter.ts';
import { pipeline } from './pipeline-programs.ts';
import { type AnyWork, ENDLESS, recordsOf } from './pipeline-work.ts';

const NS_PER_MS = 1e6;
const NS_PER_MICRO = 1000;
const RECORDS_PER_LOOK = 1000;

class PipelineSide {
  private readonly work: AnyWork;
  private readonly parallelism: number;
  private readonly configuration: Readonly<Record<string, string>>;
  private meter: PipelineMeter;
  /** So that a record is made although nobody wants it. */
  kept: unknown;

  constructor(work: AnyWork, parallelism: number, configuration: Readonly<Record<string, string>>) {
    this.work = work;
    this.parallelism = parallelism;
    this.configuration = configuration;
    this.meter = new PipelineMeter(parallelism);
  }

  async reply([command, ...words]: readonly string[]): Promise<Reply> {
    const [first = 0, second = 0] = words.map(Number);
    switch (command) {
      case 'check':
        return this.check(first);
      case 'start':
        return this.start();
      case 'run':
        return this.run(first, second);
      case 'generate':
        return this.generate(first);
      case 'memory': {
        const rssMiB = process.memoryUsage.rss() / 2 ** 20;
        return { rssMiB, peakMiB: process.resourceUsage().maxRSS / 1024 };
      }
      default:
        throw new Error(`no command ${command}`);
    }
  }

  private async check(count: number): Promise<Reply> {
    const client = await this.execute(count);
    await client.jobExecutionResult();
    return { checksum: this.meter.checksum, results: this.meter.results };
  }

  private async start(): Promise<Reply> {
    const began = performance.now();
    const client = await this.execute(ENDLESS);
    client.jobExecutionResult().catch(fail);
    while (this.meter.records === 0) {
      await wait(10);
    }
    return { ns: (performance.now() - began) * NS_PER_MS };
  }

  private execute(count: number): ReturnType<typeof pipeline> {
    const { work, parallelism, configuration } = this;
    this.meter = new PipelineMeter(parallelism);
    return pipeline({ work, parallelism, count, meter: this.meter.buffer, configuration });
  }

  private async run(settleMs: number, ms: number): Promise<Reply> {
    await wait(settleMs);
    const made = this.meter.records;
    const cpuBefore = process.cpuUsage();
    const began = performance.now();
    await wait(ms);
    const now = this.meter.records;
    const ns = (performance.now() - began) * NS_PER_MS;
    const { user, system } = process.cpuUsage(cpuBefore);
    return { operations: now - made, ns, cpuNs: (user + system) * NS_PER_MICRO, made: now };
  }

  private generate(ms: number): Reply {
    const make = recordsOf(this.work);
    const began = performance.now();
    let operations = 0;
    let now: number;
    do {
      for (let i = 0; i < RECORDS_PER_LOOK; i++) {
        this.kept = make(operations++);
      }
      now = performance.now();
    } while (now - began < ms);
    return { operations, ns: (now - began) * NS_PER_MS };
  }
}

function fail(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
}

const [work, backend, parallelism, checkpointMs, budgetBytes, folder, , target] =
  process.argv.slice(2) as [
    AnyWork,
    BackendKind,
    string,
    string,
    string,
    string,
    string,
    'local' | 'threads',
  ];
const side = new PipelineSide(work, Number(parallelism), {
  'execution.target': target,
  'pipeline.max-parallelism': '128',
  'pipeline.object-reuse': 'true',
  'state.backend.type': backend,
  'state.backend.rocksdb.memory.fixed-per-slot': `${budgetBytes} b`,
  'state.backend.rocksdb.localdir': join(folder, 'local'),
  'execution.checkpointing.dir': join(folder, 'checkpoints'),
  'execution.checkpointing.incremental': 'true',
  ...(checkpointMs === '0' ? {} : { 'execution.checkpointing.interval': `${checkpointMs} ms` }),
  'restart-strategy.type': 'none',
  // The process stands still while it is another side's turn.
  'heartbeat.timeout': '1 h',
});
process.stdout.write(`${JSON.stringify({ ready: `Millrace, Node ${process.versions.node}` })}\n`);
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'exit') {
    break;
  }
  const reply = await side.reply(line.split(' '));
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}
// The job has no end, and nothing of it is wanted any more.
process.exit(0);
