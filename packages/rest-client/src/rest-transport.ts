/**
 * Calls of the REST API, typed by its paths.
 *
 * Invariants:
 * - A call ends: with an answer, a `RestError` that says what to do, or by the signal of its caller.
 * - An answer takes bounded memory.
 */
import createClient from 'openapi-fetch';
import type { RestPaths } from './generated/rest-api.ts';
import { RestError } from './rest-error.ts';
import { serverMessage } from './server-message.ts';

const ANSWER_BYTES_MAX = 64 * 1024 * 1024;

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** Paths that have a method. */
export type PathOf<M extends Method> = {
  [P in keyof RestPaths]: M extends keyof RestPaths[P] ? P : never;
}[keyof RestPaths];

type OperationOf<M extends Method, P extends keyof RestPaths> =
  RestPaths[P] extends Record<M, infer O> ? O : never;

/** What a path answers; text where it is no JSON. */
export type AnswerOf<M extends Method, P extends keyof RestPaths> =
  OperationOf<M, P> extends { responses: infer R }
    ? R[keyof R & (200 | 202)] extends { content: infer C }
      ? C[keyof C]
      : never
    : never;

type BodyOf<O> = O extends { requestBody: { content: { 'application/json': infer B } } }
  ? { readonly body: B }
  : unknown;

/** `path` and `query` parameters, the `body`, and a signal that ends the call. */
export type RequestOf<M extends Method, P extends keyof RestPaths> =
  OperationOf<M, P> extends { parameters: infer Parameters }
    ? Parameters & BodyOf<OperationOf<M, P>> & { readonly signal?: AbortSignal | undefined }
    : never;

/** Left out where a path needs nothing. */
export type RequestArguments<R> = Record<never, never> extends R ? [request?: R] : [request: R];

export interface TransportOptions {
  /** `http://127.0.0.1:8081`, with the prefix of a proxy if there is one. */
  readonly address: string;
  readonly token: string | undefined;
  readonly timeoutMs: number;
  readonly fetch: (request: Request) => Promise<Response>;
}

interface AnyRequest {
  readonly path?: Readonly<Record<string, string | number>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

type AnyCall = (
  method: string,
  path: string,
  init: object,
) => Promise<{ readonly data: string | undefined; readonly response: Response }>;

export class RestTransport {
  private readonly options: TransportOptions;
  private readonly request: AnyCall;

  constructor(options: TransportOptions) {
    const { address, token } = options;
    this.options = options;
    const client = createClient<RestPaths>({
      baseUrl: `${address}/v1`,
      headers: {
        accept: 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      fetch: async (request) => bounded(await options.fetch(request), address),
    });
    // The types of paths are those of `call`.
    this.request = client.request as unknown as AnyCall;
  }

  /** @throws RestError */
  async call<M extends Method, P extends PathOf<M>>(
    method: M,
    path: P,
    ...[request]: RequestArguments<RequestOf<M, P>>
  ): Promise<AnswerOf<M, P>> {
    const { path: pathParameters, query, body, signal } = (request ?? {}) as AnyRequest;
    const timeout = AbortSignal.timeout(this.options.timeoutMs);
    let answer: Awaited<ReturnType<AnyCall>>;
    try {
      answer = await this.request(method, path, {
        params: { path: pathParameters, query },
        ...(body === undefined ? {} : { body }),
        signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
        parseAs: 'text',
      });
    } catch (error) {
      signal?.throwIfAborted();
      throw error instanceof RestError ? error : this.unreachable(error, timeout.aborted);
    }
    return this.parsed(answer) as AnswerOf<M, P>;
  }

  private parsed({ data = '', response }: Awaited<ReturnType<AnyCall>>): unknown {
    const type = response.headers.get('content-type') ?? '';
    if (type.startsWith('text/plain')) {
      return data;
    }
    try {
      return data === '' ? {} : JSON.parse(data);
    } catch (cause) {
      throw new RestError(
        'REST_FAILED',
        `${response.url} gave no JSON: ${JSON.stringify(data.slice(0, 80))}; is it the REST server of a job?`,
        { status: response.status, cause },
      );
    }
  }

  private unreachable(cause: unknown, isLate: boolean): RestError {
    const { address, timeoutMs } = this.options;
    const why = isLate
      ? `${address} did not answer within ${timeoutMs / 1_000} s; the process may be at its limits, or timeoutMs too short`
      : `no server answers at ${address}: ${reasonOf(cause)}; is the job running, with rest.port set to this port?`;
    return new RestError('REST_UNREACHABLE', why, { cause });
  }
}

/** @throws RestError for an answer that refuses */
async function bounded(response: Response, address: string): Promise<Response> {
  let bytes = 0;
  const counted = new TransformStream<Uint8Array, Uint8Array>({
    transform: (chunk, controller) => {
      bytes += chunk.length;
      if (bytes > ANSWER_BYTES_MAX) {
        const message = `the answer of ${response.url} is longer than ${ANSWER_BYTES_MAX} bytes`;
        controller.error(new RestError('REST_FAILED', message, { status: response.status }));
      } else {
        controller.enqueue(chunk);
      }
    },
  });
  const { status, headers, url } = response;
  const whole = new Response(response.body?.pipeThrough(counted) ?? null, { status, headers });
  if (!response.ok) {
    throw refused(status, await whole.text(), address);
  }
  Object.defineProperty(whole, 'url', { value: url });
  return whole;
}

function refused(status: number, text: string, address: string): RestError {
  const errors = errorsOf(text);
  if (status === 401 || status === 403) {
    return new RestError(
      'REST_UNAUTHORIZED',
      `${address} does not let you in (${status}); give its rest.auth.token as token`,
      { status, errors },
    );
  }
  if (errors.length === 0) {
    const message = `${address} answered ${status}; is it the REST server of a job?`;
    return new RestError('REST_FAILED', message, { status, cause: text.slice(0, 1_000) });
  }
  // Flink's errors of status 500 are "Internal server error." and then what it was.
  const { code, text: said } = serverMessage(errors.at(-1) ?? '');
  const message = code === undefined ? `the server answered ${status}: ${said}` : said;
  return new RestError(code ?? 'REST_FAILED', message, { status, errors });
}

function errorsOf(text: string): readonly string[] {
  try {
    const { errors } = JSON.parse(text) as { readonly errors?: unknown };
    return Array.isArray(errors) ? errors.map(String) : [];
  } catch {
    return []; // Not of a REST server: the caller says so.
  }
}

/** `fetch failed` says nothing; its cause does. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const [first] = cause instanceof AggregateError ? cause.errors : [cause];
  const told = first instanceof Error ? first : error;
  return told instanceof Error ? told.message : String(told);
}
