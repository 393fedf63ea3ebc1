/**
 * The client of a REST server: any call by its path, and by name what takes more than one call.
 *
 * Jobs are meant by their ids. Every method throws `RestError`, or the reason of the signal it was given.
 * Works in browsers and in Node.js; real Flink answers everything but state and SQL.
 */
import { awaitOperation, type OperationOutcome, type OperationState } from './await-operation.ts';
import { type Sleep, sleep } from './clock.ts';
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
import { RestError } from './rest-error.ts';
import {
  type AnswerOf,
  type Method,
  type PathOf,
  type RequestArguments,
  type RequestOf,
  RestTransport,
} from './rest-transport.ts';
import { serverAddress } from './server-address.ts';

/** Flink: `client.timeout`. */
const TIMEOUT_MS = 60_000;

export interface MillraceClientOptions {
  /** `http://127.0.0.1:8081`, with the prefix of a proxy; in a browser also relative to the page. */
  readonly address: string | URL;
  /** The server's `rest.auth.token`. */
  readonly token?: string;
  /** How long one answer may take, in ms; 60,000 unless given. Operations may take many. */
  readonly timeoutMs?: number;
  /** Another one than the platform's: for proxies, certificates, tests. */
  readonly fetch?: (request: Request) => Promise<Response>;
  /** Waits between two questions about an operation; for tests. */
  readonly sleep?: Sleep;
}

export interface CallOptions {
  /** Ends the waiting; what the server has begun goes on. */
  readonly signal?: AbortSignal;
}

export interface SavepointOptions extends CallOptions {
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
  private readonly sleep: Sleep;

  /** @throws RestError `REST_UNREACHABLE` when the address is none */
  constructor(options: MillraceClientOptions) {
    this.address = serverAddress(options.address);
    this.sleep = options.sleep ?? sleep;
    this.transport = new RestTransport({
      address: this.address,
      token: options.token,
      timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
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

  /** Running and ended jobs. */
  async jobs(options: CallOptions = {}): Promise<MultipleJobsDetails['jobs']> {
    return (await this.call('get', '/jobs/overview', options)).jobs;
  }

  /** Asks for it; the job ends some time later. */
  async cancelJob(jobid: string, { signal }: CallOptions = {}): Promise<void> {
    await this.call('patch', '/jobs/{jobid}', { path: { jobid }, signal });
  }

  /** @returns where the savepoint is, once it is complete */
  async triggerSavepoint(
    jobid: string,
    options: SavepointOptions & { readonly cancelJob?: boolean } = {},
  ): Promise<string> {
    const { targetDirectory, cancelJob, formatType, triggerId, signal } = options;
    const trigger = await this.call('post', '/jobs/{jobid}/savepoints', {
      path: { jobid },
      body: {
        ...(targetDirectory === undefined ? {} : { 'target-directory': targetDirectory }),
        ...(cancelJob === undefined ? {} : { 'cancel-job': cancelJob }),
        ...(formatType === undefined ? {} : { formatType }),
        ...(triggerId === undefined ? {} : { triggerId }),
      },
      signal,
    });
    return this.savepointOf(jobid, trigger['request-id'], 'the savepoint', signal);
  }

  /**
   * @param options - `drain`: event time ends before the job does
   * @returns where the savepoint is, once it is complete and the job has ended
   */
  async stopWithSavepoint(
    jobid: string,
    options: SavepointOptions & { readonly drain?: boolean } = {},
  ): Promise<string> {
    const { signal, ...body } = options;
    const trigger = await this.call('post', '/jobs/{jobid}/stop', {
      path: { jobid },
      body,
      signal,
    });
    return this.savepointOf(jobid, trigger['request-id'], 'the stop with a savepoint', signal);
  }

  /** @returns the id of the checkpoint, once it is complete */
  async triggerCheckpoint(
    jobid: string,
    options: CallOptions & { readonly checkpointType?: 'CONFIGURED' | 'FULL' } = {},
  ): Promise<number> {
    const { signal, ...body } = options;
    const path = { jobid };
    const trigger = await this.call('post', '/jobs/{jobid}/checkpoints', { path, body, signal });
    const triggerid = trigger['request-id'];
    const { checkpointId } = await this.endOf(`the checkpoint of job ${jobid}`, signal, () =>
      this.call('get', '/jobs/{jobid}/checkpoints/{triggerid}', {
        path: { jobid, triggerid },
        signal,
      }),
    );
    return present(checkpointId, 'checkpointId');
  }

  /** Deletes a savepoint, and resolves once it is gone. */
  async disposeSavepoint(savepointPath: string, { signal }: CallOptions = {}): Promise<void> {
    const body = { 'savepoint-path': savepointPath };
    const trigger = await this.call('post', '/savepoint-disposal', { body, signal });
    const path = { triggerid: trigger['request-id'] };
    await this.endOf(`the disposal of ${savepointPath}`, signal, () =>
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
    signal: AbortSignal | undefined,
  ): Promise<string> {
    const { location } = await this.endOf(`${what} of job ${jobid}`, signal, () =>
      this.call('get', '/jobs/{jobid}/savepoints/{triggerid}', {
        path: { jobid, triggerid },
        signal,
      }),
    );
    return present(location, 'location');
  }

  private endOf<T extends OperationOutcome>(
    what: string,
    signal: AbortSignal | undefined,
    ask: () => Promise<OperationState<T>>,
  ): Promise<T> {
    return awaitOperation({ what, signal, ask, sleep: this.sleep });
  }
}

function sourceOf(source: string | undefined): { source?: string } {
  return source === undefined ? {} : { source };
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
