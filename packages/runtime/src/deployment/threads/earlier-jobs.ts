/**
 * The jobs that a program has executed, as a worker thread is told of them: the program runs there
 * once more up to the job that is taken up, and finds what it found in the main thread.
 */
import {
  ConfigError,
  decodeError,
  type EncodedError,
  encodeError,
  errorMessage,
  type MetricDump,
  type SinkCoordinator,
} from '@millrace/core';
import type { JobClient } from '../../gateway/job-client.ts';
import type { JobDetails, JobStatus } from '../../gateway/job-details.ts';
import type { JobExecutionResult } from '../../gateway/job-execution-result.ts';
import type { JobGraph } from '../../graph/job-graph.ts';
import type { ProgramModule } from './program-module.ts';

export type Outcome =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'error'; readonly error: EncodedError };

/** Survives structured clone. */
export type EarlierJob =
  | StartedJob
  /** It was not even started. */
  | { readonly kind: 'refused'; readonly error: EncodedError };

export interface StartedJob {
  readonly kind: 'started';
  readonly jobId: string;
  readonly jobName: string;
  readonly status: JobStatus;
  readonly details: JobDetails;
  readonly metrics: readonly MetricDump[];
  readonly resourceRequirements: Outcome;
  /** `undefined` while the job runs. */
  readonly end:
    | { readonly kind: 'failed'; readonly error: EncodedError }
    | {
        readonly kind: 'finished';
        readonly netRuntimeMs: number;
        readonly accumulators: readonly (readonly [string, Outcome])[];
      }
    | undefined;
  readonly accumulators: readonly (readonly [string, Outcome])[];
  /** By operator id, what the coordinators of sinks hold. */
  readonly sinks: readonly (readonly [string, readonly SinkEventOf[]])[];
  /** How the calls of the client ended that did, in order. */
  readonly calls: Readonly<Record<RecordedCall, readonly Outcome[]>>;
}

export interface SinkEventOf {
  readonly subtask: number;
  readonly event: unknown;
}

export type RecordedCall =
  | 'triggerCheckpoint'
  | 'triggerSavepoint'
  | 'stopWithSavepoint'
  | 'rescale'
  | 'updateResourceRequirements'
  | 'cancel';

/** Coordinators of sinks, by operator id. */
export function sinkCoordinatorsOf(jobGraph: JobGraph): Map<string, SinkCoordinator> {
  return new Map(
    jobGraph.vertices.flatMap(({ operators }) =>
      operators.flatMap(({ operatorId, factory }) =>
        factory.kind === 'one-input' && factory.sinkCoordinator !== undefined
          ? [[operatorId, factory.sinkCoordinator] as const]
          : [],
      ),
    ),
  );
}

/** Jobs of one run of a program, in the order of their `execute()`. */
export class ProgramRun {
  /** Each resolves once the job has started, or was refused; none of a job on another target. */
  private readonly jobs: (Promise<{ outcome(): EarlierJob }> | undefined)[] = [];

  /** @returns the index of a job that begins */
  begin(): number {
    return this.jobs.push(undefined) - 1;
  }

  /** Only jobs on threads are remembered: nobody asks for others, and their results may be large. */
  async record(index: number, jobGraph: JobGraph, client: Promise<JobClient>): Promise<JobClient> {
    const job = client.then((started) => new RecordedJob(jobGraph, started));
    this.jobs[index] = job.catch((error: unknown) => ({
      outcome: () => ({ kind: 'refused', error: encodeError(error) }),
    }));
    return (await job).client;
  }

  /**
   * Those before a job, as they are once all of them have started: a program may begin several at once.
   *
   * @throws ConfigError `UNSUPPORTED` where one ran on another target, `VALUE_NOT_SERIALIZABLE`
   */
  async before(index: number): Promise<EarlierJob[]> {
    const jobs = this.jobs.slice(0, index).map((job, at) => {
      if (job === undefined) {
        throw new ConfigError(
          'UNSUPPORTED',
          `job ${at + 1} of the program did not run on threads, and job ${index + 1} is to: its ` +
            'worker threads run the program up to there, and what became of the earlier job is not ' +
            "known; set execution.target to threads for all of the program's jobs",
        );
      }
      return job;
    });
    const started = await Promise.all(jobs);
    return started.map((job, at) => cloneable(job.outcome(), at));
  }
}

function cloneable(job: EarlierJob, index: number): EarlierJob {
  try {
    return structuredClone(job);
  } catch (error) {
    throw new ConfigError(
      'VALUE_NOT_SERIALIZABLE',
      `what job ${index + 1} of the program gave (collected records, accumulators) cannot go to the ` +
        `worker threads of the next one: ${errorMessage(error)}; let it give plain values`,
      { cause: error },
    );
  }
}

const runs = new WeakMap<ProgramModule, ProgramRun>();
const KEY = Symbol.for('millrace.programRun');
const registry = globalThis as unknown as Record<symbol, ProgramRun | undefined>;

/** Of a program that is named; else of the main module of the process. */
export function programRunOf(program: ProgramModule | undefined): ProgramRun {
  if (program === undefined) {
    registry[KEY] ??= new ProgramRun();
    return registry[KEY];
  }
  const run = runs.get(program) ?? new ProgramRun();
  runs.set(program, run);
  return run;
}

class RecordedJob {
  readonly client: JobClient;
  private readonly sinks: ReadonlyMap<string, SinkCoordinator>;
  private readonly calls: Record<RecordedCall, Outcome[]> = {
    triggerCheckpoint: [],
    triggerSavepoint: [],
    stopWithSavepoint: [],
    rescale: [],
    updateResourceRequirements: [],
    cancel: [],
  };
  private end: { result: JobExecutionResult } | { error: unknown } | undefined;

  constructor(jobGraph: JobGraph, client: JobClient) {
    this.sinks = sinkCoordinatorsOf(jobGraph);
    client.jobExecutionResult().then(
      (result) => {
        this.end = { result };
      },
      (error: unknown) => {
        this.end = { error };
      },
    );
    this.client = this.recording(client);
  }

  outcome(): StartedJob {
    const { client, end } = this;
    const accumulators = outcomesOf(() => client.accumulators());
    return {
      kind: 'started',
      jobId: client.jobId,
      jobName: client.jobName,
      status: client.jobStatus(),
      details: client.details(),
      metrics: client.metrics(),
      resourceRequirements: outcomeOf(() => client.resourceRequirements()),
      end:
        end === undefined
          ? undefined
          : 'error' in end
            ? { kind: 'failed', error: encodeError(end.error) }
            : { kind: 'finished', netRuntimeMs: end.result.netRuntimeMs, accumulators },
      accumulators,
      sinks: Array.from(this.sinks, ([id, sink]) => [id, sink.replay()] as const),
      calls: this.calls,
    };
  }

  private recording(client: JobClient): JobClient {
    const record = async <T>(call: RecordedCall, made: Promise<T>): Promise<T> => {
      try {
        const value = await made;
        this.calls[call].push({ kind: 'value', value });
        return value;
      } catch (error) {
        this.calls[call].push({ kind: 'error', error: encodeError(error) });
        throw error;
      }
    };
    return {
      jobId: client.jobId,
      jobName: client.jobName,
      jobStatus: () => client.jobStatus(),
      details: () => client.details(),
      checkpointStatistics: () => client.checkpointStatistics(),
      accumulators: () => client.accumulators(),
      jobExecutionResult: () => client.jobExecutionResult(),
      triggerSavepoint: (options) => record('triggerSavepoint', client.triggerSavepoint(options)),
      triggerCheckpoint: (checkpointType) =>
        record('triggerCheckpoint', client.triggerCheckpoint(checkpointType)),
      stopWithSavepoint: (options) =>
        record('stopWithSavepoint', client.stopWithSavepoint(options)),
      rescale: (request) => record('rescale', client.rescale(request)),
      resourceRequirements: () => client.resourceRequirements(),
      updateResourceRequirements: (requirements) =>
        record('updateResourceRequirements', client.updateResourceRequirements(requirements)),
      metrics: () => client.metrics(),
      queryState: (task, query) => client.queryState(task, query),
      cancel: () => record('cancel', client.cancel()),
    };
  }
}

function outcomeOf(value: () => unknown): Outcome {
  try {
    return { kind: 'value', value: value() };
  } catch (error) {
    return { kind: 'error', error: encodeError(error) };
  }
}

/** All of a map, or the error that asking for it gave under each name. */
function outcomesOf(
  values: () => ReadonlyMap<string, unknown>,
): readonly (readonly [string, Outcome])[] {
  try {
    return Array.from(values(), ([name, value]) => [name, { kind: 'value', value }] as const);
  } catch (error) {
    return [['', { kind: 'error', error: encodeError(error) }]];
  }
}

/** @throws the error that it is */
export function valueOfOutcome(outcome: Outcome): unknown {
  if (outcome.kind === 'error') {
    throw decodeError(outcome.error);
  }
  return outcome.value;
}
