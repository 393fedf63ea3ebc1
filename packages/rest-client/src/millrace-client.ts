/**
 * The client of a REST server: any call by its path, and by name what takes more than one call.
 *
 * Jobs are meant by their ids. Every method throws `RestError`, or the reason of the signal it was given.
 * Works in browsers and in Node.js; real Flink answers everything but state and SQL.
 */
import { awaitOperation, type OperationOutcome, type OperationState } from './await-operation.ts';
import { anyOf, type Sleep, sleep } from './clock.ts';
import type {
  HottestKeys,
  KeyEntries,
  LargestKeys,
  MultipleJobsDetails,
  QueryableStates,
  Snapshots,
  SqlResult,
  StateEntries,
  StateOverview,
  StateSizes,
} from './generated/rest-api.ts';
import { REMEDIES, type Remedies } from './remedies.ts';
import { RestError } from './rest-error.ts';
import {
  type AnswerOf,
  type Method,
  type OpenOptions,
  type PathOf,
  type RequestArguments,
  type RequestOf,
  RestTransport,
  type SendOptions,
} from './rest-transport.ts';
import { serverAddress } from './server-address.ts';

/** Flink: `client.timeout`. */
const TIMEOUT_MS = 60_000;

export interface MillraceClientOptions {
  /** `http://127.0.0.1:8081`, with the prefix of a proxy; in a browser also relative to the page. */
  readonly address: string | URL;
  /** The server's `rest.auth.token`; a function is asked before each call. */
  readonly token?: string | (() => string | undefined) | undefined;
  /** How long one answer may take, in ms; 60,000 unless given. Operations may take many. */
  readonly timeoutMs?: number;
  /** Ends every call and all waiting, with its reason. */
  readonly signal?: AbortSignal;
  /** Ends of messages, in the words of the program that shows them. */
  readonly remedies?: Partial<Remedies>;
  /** Another one than the platform's: for proxies, certificates, tests. */
  readonly fetch?: (request: Request) => Promise<Response>;
  /** Waits between two questions about an operation; for tests. */
  readonly sleep?: Sleep;
}

export interface CallOptions {
  /** Ends the waiting; what the server has begun goes on. */
  readonly signal?: AbortSignal;
}

export interface OperationOptions extends CallOptions {
  /** How messages name it; `the savepoint of job 1f…` unless given. */
  readonly what?: string;
  /** Called each time that it is still under way, before the next question. */
  readonly onWait?: () => Promise<void>;
  /** How often in a row the server may not answer how far it is; 0 unless given. */
  readonly missesMax?: number;
}

export interface SavepointOptions extends OperationOptions {
  /** `execution.checkpointing.savepoint-dir` unless given. */
  readonly targetDirectory?: string;
  /** CANONICAL unless given. */
  readonly formatType?: 'CANONICAL' | 'NATIVE';
  /** 32 hexadecimal digits. Of several requests with one id the first starts the operation. */
  readonly triggerId?: string;
}

export interface SourceOptions extends CallOptions {
  /** `live` unless given, or the id of a snapshot. */
  readonly source?: string;
}

/** A keyed state of an operator, as `state()` lists it. */
export interface StatePlace {
  readonly operatorId: string;
  readonly stateName: string;
}

export type StateEntry = StateEntries['entries'][number];

export class MillraceClient {
  /** Without slash at its end. */
  readonly address: string;
  private readonly transport: RestTransport;
  private readonly signal: AbortSignal | undefined;
  private readonly sleep: Sleep;

  /** @throws RestError `REST_UNREACHABLE` when the address is none */
  constructor(options: MillraceClientOptions) {
    this.address = serverAddress(options.address);
    this.signal = options.signal;
    this.sleep = options.sleep ?? sleep;
    const { token } = options;
    this.transport = new RestTransport({
      address: this.address,
      token: typeof token === 'function' ? token : () => token,
      timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
      signal: options.signal,
      remedies: { ...REMEDIES, ...options.remedies },
      fetch: options.fetch ?? ((request) => globalThis.fetch(request)),
    });
  }

  /** Any call: `call('get', '/jobs/{jobid}/config', { path: { jobid } })`. */
  call<M extends Method, P extends PathOf<M>>(
    method: M,
    path: P,
    ...request: RequestArguments<RequestOf<M, P>>
  ): Promise<AnswerOf<M, P>> {
    return this.transport.call(method, path, ...request);
  }

  /** The answer of a path that `call` does not know, such as `/openapi.json`: JSON or text. */
  send(method: Method, path: string, options: SendOptions = {}): Promise<unknown> {
    return this.transport.json(method, path, options);
  }

  /** An answer of any length, to read piece by piece: a log. */
  open(path: string, options: OpenOptions = {}): Promise<Response> {
    return this.transport.open('get', path, options);
  }

  /**
   * Running and ended jobs.
   *
   * @throws RestError `REST_FAILED` also when something else answers by JSON
   */
  async jobs(options: CallOptions = {}): Promise<MultipleJobsDetails['jobs']> {
    const answer = await this.call('get', '/jobs/overview', options);
    const jobs = (answer as MultipleJobsDetails | null)?.jobs;
    if (!Array.isArray(jobs)) {
      const given = JSON.stringify(answer).slice(0, 80);
      const message = `${this.address}/v1/jobs/overview gave JSON without jobs: ${given}`;
      throw this.transport.strange(message, { status: 200 });
    }
    return jobs;
  }

  /** Asks for it; the job ends some time later. */
  async cancelJob(jobid: string, { signal }: CallOptions = {}): Promise<void> {
    const query = { mode: 'cancel' }; // As Flink's own client says it.
    await this.call('patch', '/jobs/{jobid}', { path: { jobid }, query, signal });
  }

  /** @returns where the savepoint is, once it is complete */
  async triggerSavepoint(
    jobid: string,
    options: SavepointOptions & { readonly cancelJob?: boolean } = {},
  ): Promise<string> {
    const { targetDirectory, cancelJob, formatType, triggerId, signal } = options;
    const names = { 'target-directory': targetDirectory, 'cancel-job': cancelJob };
    const trigger = await this.call('post', '/jobs/{jobid}/savepoints', {
      path: { jobid },
      body: given({ ...names, formatType, triggerId }),
      signal,
    });
    return this.savepointOf(jobid, trigger['request-id'], 'the savepoint', options);
  }

  /**
   * @param options - `drain`: event time ends before the job does
   * @returns where the savepoint is, once it is complete and the job has ended
   */
  async stopWithSavepoint(
    jobid: string,
    options: SavepointOptions & { readonly drain?: boolean } = {},
  ): Promise<string> {
    const { targetDirectory, drain, formatType, triggerId, signal } = options;
    const trigger = await this.call('post', '/jobs/{jobid}/stop', {
      path: { jobid },
      body: given({ targetDirectory, drain, formatType, triggerId }),
      signal,
    });
    return this.savepointOf(jobid, trigger['request-id'], 'the stop with a savepoint', options);
  }

  /** @returns the id of the checkpoint, once it is complete */
  async triggerCheckpoint(
    jobid: string,
    options: OperationOptions & { readonly checkpointType?: 'CONFIGURED' | 'FULL' } = {},
  ): Promise<number> {
    const { signal, checkpointType } = options;
    const body = given({ checkpointType });
    const path = { jobid };
    const trigger = await this.call('post', '/jobs/{jobid}/checkpoints', { path, body, signal });
    const triggerid = trigger['request-id'];
    const { checkpointId } = await this.endOf(`the checkpoint of job ${jobid}`, options, () =>
      this.call('get', '/jobs/{jobid}/checkpoints/{triggerid}', {
        path: { jobid, triggerid },
        signal,
      }),
    );
    return present(checkpointId, 'checkpointId');
  }

  /** Deletes a savepoint, and resolves once it is gone. */
  async disposeSavepoint(savepointPath: string, options: OperationOptions = {}): Promise<void> {
    const { signal } = options;
    const body = { 'savepoint-path': savepointPath };
    const trigger = await this.call('post', '/savepoint-disposal', { body, signal });
    const path = { triggerid: trigger['request-id'] };
    await this.endOf(`the disposal of ${savepointPath}`, options, () =>
      this.call('get', '/savepoint-disposal/{triggerid}', { path, signal }),
    );
  }

  /** What `asQueryableState` and `setQueryable` made known. */
  async queryableStates(
    jobid: string,
    { signal }: CallOptions = {},
  ): Promise<QueryableStates['queryableStates']> {
    const path = { jobid };
    return (await this.call('get', '/jobs/{jobid}/queryable-states', { path, signal }))
      .queryableStates;
  }

  /**
   * What a key has in a queryable state, read between two records.
   *
   * @param key - as JSON; a `bigint` for a key of 64 bits
   * @returns `undefined` where the key has nothing
   * @throws RestError `STATE_UNKNOWN` when no state has the name
   */
  async queryState<V = unknown>(
    jobid: string,
    name: string,
    key: unknown,
    options: CallOptions & { readonly namespace?: unknown } = {},
  ): Promise<V | undefined> {
    const { namespace, signal } = options;
    const query = {
      key: jsonText(key),
      ...(namespace === undefined ? {} : { namespace: jsonText(namespace) }),
    };
    try {
      const answer = await this.call('get', '/jobs/{jobid}/queryable-states/{name}', {
        ...{ path: { jobid, name }, query, signal },
      });
      return answer.value as V;
    } catch (error) {
      if (error instanceof RestError && error.code === 'STATE_KEY_NOT_FOUND') {
        return undefined;
      }
      throw error;
    }
  }

  /** Checkpoints and savepoints that can be looked into: their ids are sources. */
  async snapshots(jobid: string, { signal }: CallOptions = {}): Promise<Snapshots['snapshots']> {
    return (await this.call('get', '/jobs/{jobid}/snapshots', { path: { jobid }, signal }))
      .snapshots;
  }

  /** Operators and their states, with types. */
  state(jobid: string, { source, signal }: SourceOptions = {}): Promise<StateOverview> {
    const query = sourceOf(source);
    return this.call('get', '/jobs/{jobid}/state', { path: { jobid }, query, signal });
  }

  /** What one key has in a state. */
  stateOfKey(
    jobid: string,
    { operatorId: operatorid, stateName: statename }: StatePlace,
    key: unknown,
    { source, signal }: SourceOptions = {},
  ): Promise<KeyEntries> {
    return this.call('get', '/jobs/{jobid}/state/{operatorid}/{statename}', {
      path: { jobid, operatorid, statename },
      query: { key: jsonText(key), ...sourceOf(source) },
      signal,
    });
  }

  /**
   * Entries of a state, all of one consistent view, page by page as they are read.
   *
   * @param options - `prefix`: only keys whose text begins so; `pageSize`: 1 to 1,000, 100 unless given
   * @throws RestError `STATE_VIEW_EXPIRED` when they are read too slowly
   */
  async *stateEntries(
    jobid: string,
    { operatorId: operatorid, stateName: statename }: StatePlace,
    options: SourceOptions & { readonly prefix?: string; readonly pageSize?: number } = {},
  ): AsyncGenerator<StateEntry, void, undefined> {
    const { source, prefix, pageSize, signal } = options;
    let cursor: string | null | undefined;
    do {
      const page = await this.call('get', '/jobs/{jobid}/state/{operatorid}/{statename}/entries', {
        path: { jobid, operatorid, statename },
        query: {
          ...sourceOf(source),
          ...(prefix === undefined ? {} : { prefix }),
          ...(pageSize === undefined ? {} : { limit: pageSize }),
          ...(cursor == null ? {} : { cursor }),
        },
        signal,
      });
      yield* page.entries;
      cursor = page.cursor;
    } while (cursor !== null);
  }

  /** Entries and bytes of an operator's states, and of its key groups. */
  stateSizes(
    jobid: string,
    operatorid: string,
    { source, signal }: SourceOptions = {},
  ): Promise<StateSizes> {
    const query = sourceOf(source);
    const path = { jobid, operatorid };
    return this.call('get', '/jobs/{jobid}/state/{operatorid}/sizes', { path, query, signal });
  }

  largestKeys(
    jobid: string,
    { operatorId: operatorid, stateName: statename }: StatePlace,
    { source, limit, signal }: SourceOptions & { readonly limit?: number } = {},
  ): Promise<LargestKeys> {
    return this.call('get', '/jobs/{jobid}/state/{operatorid}/{statename}/keys/largest', {
      path: { jobid, operatorid, statename },
      query: { ...sourceOf(source), ...(limit === undefined ? {} : { limit }) },
      signal,
    });
  }

  /** Counted from the first call on. */
  hottestKeys(
    jobid: string,
    operatorid: string,
    { limit, signal }: CallOptions & { readonly limit?: number } = {},
  ): Promise<HottestKeys> {
    return this.call('get', '/jobs/{jobid}/state/{operatorid}/keys/hottest', {
      path: { jobid, operatorid },
      query: limit === undefined ? {} : { limit },
      signal,
    });
  }

  /**
   * @param query - one SELECT over the states of the job, as `operator.state`
   * @throws RestError `SQL_INVALID`; `SQL_NOT_INSTALLED` where the server lacks DuckDB's package
   */
  sql(
    jobid: string,
    query: string,
    { source, limit, signal }: SourceOptions & { readonly limit?: number } = {},
  ): Promise<SqlResult> {
    const body = { query, ...sourceOf(source), ...(limit === undefined ? {} : { limit }) };
    return this.call('post', '/jobs/{jobid}/sql', { path: { jobid }, body, signal });
  }

  private async savepointOf(
    jobid: string,
    triggerid: string,
    what: string,
    options: OperationOptions,
  ): Promise<string> {
    const { location } = await this.endOf(`${what} of job ${jobid}`, options, () =>
      this.call('get', '/jobs/{jobid}/savepoints/{triggerid}', {
        path: { jobid, triggerid },
        signal: options.signal,
      }),
    );
    return present(location, 'location');
  }

  private endOf<T extends OperationOutcome>(
    what: string,
    options: OperationOptions,
    ask: () => Promise<OperationState<T>>,
  ): Promise<T> {
    const { onWait, missesMax = 0, signal } = options;
    return awaitOperation({
      ...{ what: options.what ?? what, ask, onWait, missesMax, sleep: this.sleep },
      signal: anyOf(signal, this.signal),
    });
  }
}

function sourceOf(source: string | undefined): { source?: string } {
  return source === undefined ? {} : { source };
}

/** Without what is undefined. */
function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

function jsonText(value: unknown): string {
  return typeof value === 'bigint' ? String(value) : JSON.stringify(value);
}

function present<T>(value: T | undefined, field: string): T {
  if (value === undefined) {
    throw new RestError('REST_FAILED', `the operation is complete, but its answer has no ${field}`);
  }
  return value;
}
