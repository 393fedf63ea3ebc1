/**
 * One run of the example: its folder, its settings, what it shows.
 *
 * A run that was killed, or stopped with a savepoint, is taken up again by the next start; a finished
 * one is left as it is.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  Configuration,
  errorCode,
  type JobClient,
  RateLimiterStrategy,
  webInterfaceUrl,
} from 'millrace';
import { type FlightsArguments, flightsArguments } from './flights-arguments.ts';
import { summarize } from './flights-summary.ts';

const RUNS_FOLDER = '.flights';
const FINISHED = 'finished';
/** Names what a run that was stopped or cancelled left to go on from. */
const STOPPED = 'stopped';
const POLL_MS = 50;

/** The event time of the file: half a year. */
const FIRST_FLIGHT = Date.parse('2001-01-01T00:00:00Z');
const LAST_FLIGHT = Date.parse('2001-07-01T00:00:00Z');

/** Of `--ui`: what keeps the process, and the state of its last checkpoint, there to look at. */
const SERVED = {
  'rest.port': '8081',
  'execution.shutdown-on-application-finish': 'false',
  'execution.checkpointing.externalized-checkpoint-retention': 'RETAIN_ON_CANCELLATION',
  'execution.checkpointing.num-retained': '20',
  'web.checkpoints.history': '100',
};

export class FlightsRun {
  readonly configuration: Configuration;
  /** The Parquet file of flights. */
  readonly input: string;
  readonly rate: RateLimiterStrategy;
  private readonly root: string;
  private readonly args: FlightsArguments;

  private constructor(root: string, args: FlightsArguments) {
    this.root = root;
    this.args = args;
    const { flightsPerSecond } = args;
    this.rate =
      flightsPerSecond === undefined
        ? RateLimiterStrategy.noOp()
        : RateLimiterStrategy.perSecond(flightsPerSecond);
    const data = new URL('../data/flights-3m.parquet', import.meta.resolve('vega-datasets'));
    this.input = fileURLToPath(data);
    this.configuration = Configuration.fromMap({
      'execution.checkpointing.interval': '1 s',
      'execution.checkpointing.dir': join(root, 'checkpoints'),
      'execution.checkpointing.savepoint-dir': join(root, 'savepoints'),
      'high-availability.type': 'filesystem',
      'high-availability.storageDir': join(root, 'high-availability'),
      // A run that is killed after its last flight is not counted a second time.
      'job-result-store.delete-on-commit': 'false',
      // No function changes a flight, or what it has emitted, or emits it again: none needs a copy.
      'pipeline.object-reuse': 'true',
      ...(args.ui ? SERVED : {}),
      ...stoppedWith(root),
    }).addAll(args.configuration);
  }

  static open(args: readonly string[]): FlightsRun {
    const parsed = flightsArguments(args);
    mkdirSync(RUNS_FOLDER, { recursive: true });
    const runs = readdirSync(RUNS_FOLDER).filter((name) => /^run-\d+$/.test(name));
    const latest = Math.max(0, ...runs.map((name) => Number(name.slice('run-'.length))));
    const open = latest > 0 && !existsSync(join(RUNS_FOLDER, `run-${latest}`, FINISHED));
    const root = join(process.cwd(), RUNS_FOLDER, `run-${open ? latest : latest + 1}`);
    mkdirSync(root, { recursive: true });
    return new FlightsRun(root, parsed);
  }

  /** Where results of one kind go. */
  folder(name: string): string {
    return join(this.root, 'output', name);
  }

  /** Shows the job until it ends, then its results; or why there are none. */
  async toItsEnd(start: () => Promise<JobClient>): Promise<void> {
    let job: JobClient | undefined;
    try {
      job = await start();
      await this.show(job);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      process.stderr.write(`\n${errorCode(error) ?? 'failed'}: ${message}\n`);
      process.stderr.write(`this run is in ${relative(process.cwd(), this.root)}\n`);
      process.exitCode = 1;
    }
    if (job !== undefined) {
      await this.tellOfUi();
    }
  }

  private async show(job: JobClient): Promise<void> {
    const progress = setInterval(() => this.showProgress(job), POLL_MS);
    try {
      await job.jobExecutionResult();
    } catch (error) {
      this.remember(checkpointOfCancel(job));
      throw error;
    } finally {
      clearInterval(progress);
    }
    this.print(job);
    process.stdout.write('\n');
    const savepoint = savepointOfStop(job);
    this.remember(savepoint);
    if (savepoint !== undefined) {
      return;
    }
    writeFileSync(join(this.root, FINISHED), '');
    process.stdout.write(await summarize(join(this.root, 'output')));
    process.stdout.write(`output: ${relative(process.cwd(), join(this.root, 'output'))}\n`);
  }

  /** @param snapshot - what the next start goes on from; `undefined` when there is nothing */
  private remember(snapshot: string | undefined): void {
    if (snapshot !== undefined) {
      writeFileSync(join(this.root, STOPPED), snapshot);
      process.stdout.write(`stopped with ${snapshot}; the next start goes on from it\n`);
    }
  }

  /** With `--ui` the process stays. */
  private async tellOfUi(): Promise<void> {
    if (this.args.ui) {
      process.stdout.write(`${await webInterfaceUrl()} stays until Ctrl-C\n`);
    }
  }

  private shownAtMs = 0;

  private showProgress(job: JobClient): void {
    const { killAt } = this.args;
    if (killAt !== undefined && eventTimeShare(job) >= killAt && hasCheckpoint(job)) {
      process.stdout.write(`\nkilled at ${Math.round(eventTimeShare(job) * 100)} %\n`);
      process.kill(process.pid, 'SIGKILL');
    }
    const everyMs = process.stdout.isTTY ? 200 : 1000;
    if (Date.now() - this.shownAtMs >= everyMs) {
      this.shownAtMs = Date.now();
      this.print(job);
    }
  }

  private print(job: JobClient): void {
    const details = job.details();
    const seconds = Math.max(0.001, (Date.now() - details.startTimeMs) / 1000);
    const records = details.vertices[0]?.operators[0]?.numRecordsOut ?? 0;
    const reached = eventTimeOf(job);
    const { completed } = details.checkpoints.counts;
    const restored = details.restoredCheckpointId;
    const line = [
      `${records.toLocaleString('en')} flights${restored === undefined ? '' : ' since the restart'}`,
      `${Math.round(records / seconds).toLocaleString('en')}/s`,
      ...(reached === undefined
        ? []
        : [`event time ${new Date(reached).toISOString().slice(0, 10)}`]),
      `${completed} checkpoints`,
      ...(restored === undefined ? [] : [`went on from checkpoint ${restored}`]),
    ].join(' · ');
    process.stdout.write(process.stdout.isTTY ? `\r\x1b[K${line}` : `${line}\n`);
  }
}

/** What a run that was stopped goes on from: under another name, for under the first it has finished. */
function stoppedWith(root: string): Readonly<Record<string, string>> {
  const stopped = join(root, STOPPED);
  if (!existsSync(stopped)) {
    return {};
  }
  const savepoint = readFileSync(stopped, 'utf8');
  return {
    'execution.state-recovery.path': savepoint,
    'high-availability.cluster-id': basename(savepoint),
  };
}

/** `undefined` unless the job ended by it. */
function savepointOfStop(job: JobClient): string | undefined {
  const last = job.details().checkpoints.history.find(({ status }) => status === 'COMPLETED');
  return last?.snapshotType.kind === 'savepoint' &&
    last.snapshotType.postCheckpointAction !== 'none'
    ? last.externalPointer
    : undefined;
}

/** `undefined` unless the job was cancelled, and its last checkpoint stays. */
function checkpointOfCancel(job: JobClient): string | undefined {
  const last = job.details().checkpoints.history.find(({ status }) => status === 'COMPLETED');
  const pointer = job.jobStatus() === 'CANCELED' ? last?.externalPointer : undefined;
  return pointer !== undefined && existsSync(fileURLToPath(pointer)) ? pointer : undefined;
}

function hasCheckpoint(job: JobClient): boolean {
  const { restoredCheckpointId, checkpoints } = job.details();
  return restoredCheckpointId !== undefined || checkpoints.counts.completed > 0;
}

function eventTimeShare(job: JobClient): number {
  return ((eventTimeOf(job) ?? FIRST_FLIGHT) - FIRST_FLIGHT) / (LAST_FLIGHT - FIRST_FLIGHT);
}

/**
 * ms, from the first flight to the last. `undefined` before the first watermark: where a run goes on from a
 * checkpoint too, as a watermark is in none.
 */
function eventTimeOf(job: JobClient): number | undefined {
  const watermarks = job.details().vertices.map((vertex) => vertex.currentInputWatermark);
  const reached = Math.max(...watermarks.filter((watermark) => watermark > 0));
  return reached > 0 ? Math.min(Math.max(reached, FIRST_FLIGHT), LAST_FLIGHT) : undefined;
}
