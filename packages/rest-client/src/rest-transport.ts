/**
 * Calls of the REST API, typed by its paths.
 *
 * Invariants:
 * - A call ends: with an answer, a `RestError` that says what to do, or by the signal of its caller; one
 *   whose caller wants no bound in time ends with the connection.
 * - An answer takes bounded memory.
 */
import createClient from 'openapi-fetch';
import { CallBound } from './call-bound.ts';
import { connectionError } from './connection-error.ts';
import type { RestPaths } from './generated/rest-api.ts';
import type { Remedies } from './remedies.ts';
import { RestError, type RestErrorFacts } from './rest-error.ts';
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
  /** Asked before each call. */
  readonly token: () => string | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly remedies: Remedies;
  readonly fetch: (request: Request) => Promise<Response>;
}

/** Of a path as it is sent, with its query. */
export interface SendOptions {
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

/** Of an answer that is read piece by piece. */
export interface OpenOptions {
  readonly signal?: AbortSignal | undefined;
  /** Until its last byte, in ms; that of the client unless given, `Infinity` for no bound. */
  readonly timeoutMs?: number | undefined;
}

interface AnyRequest extends SendOptions, OpenOptions {
  readonly path?: Readonly<Record<string, string | number>>;
  readonly query?: Readonly<Record<string, unknown>>;
}

type AnyCall = (
  method: string,
  path: string,
  init: object,
) => Promise<{ readonly response: Response }>;

export class RestTransport {
  private readonly options: TransportOptions;
  private readonly request: AnyCall;

  constructor(options: TransportOptions) {
    this.options = options;
    const client = createClient<RestPaths>({
      baseUrl: `${options.address}/v1`,
      headers: { accept: 'application/json' },
    });
    // The types of paths are those of `call`.
    this.request = client.request as unknown as AnyCall;
  }

  /** @throws RestError */
  call<M extends Method, P extends PathOf<M>>(
    method: M,
    path: P,
    ...[request]: RequestArguments<RequestOf<M, P>>
  ): Promise<AnswerOf<M, P>> {
    return this.json(method, path, (request ?? {}) as AnyRequest) as Promise<AnswerOf<M, P>>;
  }

  /** The JSON or text of any path. @throws RestError */
  async json(method: Method, path: string, request: AnyRequest): Promise<unknown> {
    const bound = this.boundOf(request);
    try {
      const response = await this.answered(method, path, request, bound);
      return this.parsed(response, await boundedText(response, bound));
    } catch (error) {
      throw this.failure(error, bound);
    } finally {
      bound.close();
    }
  }

  /** An answer to read piece by piece, which fails as a call does. @throws RestError */
  async open(method: Method, path: string, options: OpenOptions): Promise<Response> {
    const bound = this.boundOf(options);
    try {
      const response = await this.answered(method, path, options, bound);
      return new Response(this.boundedBody(response, bound), response);
    } catch (error) {
      const failure = this.failure(error, bound);
      bound.close();
      throw failure;
    }
  }

  private boundOf({ timeoutMs = this.options.timeoutMs, signal }: OpenOptions): CallBound {
    return new CallBound(timeoutMs, () => this.late(timeoutMs), signal, this.options.signal);
  }

  /** The head of an answer that does not refuse. */
  private async answered(
    method: Method,
    path: string,
    request: AnyRequest,
    bound: CallBound,
  ): Promise<Response> {
    const { path: pathParameters, query, body } = request;
    const { response } = await bound.wait(
      this.request(method, path, {
        params: { path: pathParameters, query },
        ...(body === undefined ? {} : { body }),
        signal: bound.signal,
        parseAs: 'stream',
        fetch: (request: Request) => this.fetched(request, bound),
      }),
    );
    return response;
  }

  private async fetched(request: Request, bound: CallBound): Promise<Response> {
    const token = this.options.token();
    if (token !== undefined) {
      request.headers.set('authorization', `Bearer ${token}`);
    }
    return this.accepted(await this.options.fetch(request), bound);
  }

  private boundedBody({ body }: Response, bound: CallBound): ReadableStream<Uint8Array> | null {
    if (body === null) {
      bound.close();
      return null;
    }
    const reader = body.getReader();
    return new ReadableStream(
      {
        pull: async (controller) => {
          const part = await bound.wait(reader.read()).catch((error: unknown) => {
            const failure = this.failure(error, bound);
            bound.close();
            letGo(reader, failure);
            throw failure;
          });
          if (part.value === undefined) {
            bound.close();
            controller.close();
          } else {
            controller.enqueue(part.value);
          }
        },
        cancel: (reason) => {
          const cancelled = reader.cancel(reason); // First: what is aborted cannot be cancelled.
          bound.close();
          return cancelled;
        },
      },
      { highWaterMark: 0 }, // Nothing is read that nobody asked for.
    );
  }

  /** What a call fails with. */
  private failure(error: unknown, { signal }: CallBound): unknown {
    if (signal.aborted) {
      return signal.reason;
    }
    const { address, remedies } = this.options;
    return error instanceof RestError ? error : connectionError(error, address, remedies);
  }

  private parsed(response: Response, text: string): unknown {
    const type = response.headers.get('content-type') ?? '';
    if (type.startsWith('text/plain')) {
      return text;
    }
    try {
      return text === '' ? {} : JSON.parse(text);
    } catch (cause) {
      const message = `${response.url} gave no JSON: ${JSON.stringify(text.slice(0, 80))}`;
      throw this.strange(message, { status: response.status, cause });
    }
  }

  /** Of an answer that is none of the REST API. */
  strange(message: string, more: RestErrorFacts): RestError {
    return new RestError('REST_FAILED', `${message}; ${this.options.remedies.strange}`, more);
  }

  private late(timeoutMs: number): RestError {
    const { address, remedies } = this.options;
    const why = `${address} did not answer within ${timeoutMs / 1_000} s; ${remedies.late}`;
    return new RestError('REST_CLIENT_TIMEOUT', why);
  }

  /** @throws RestError for an answer that refuses */
  private async accepted(response: Response, bound: CallBound): Promise<Response> {
    if (response.ok) {
      return response;
    }
    const { status } = response;
    const { address, remedies } = this.options;
    const text = await boundedText(response, bound);
    const errors = errorsOf(text);
    // Flink's errors of status 500 are "Internal server error." and then what it was.
    const { code, text: said } = serverMessage(errors.at(-1) ?? '');
    if (code === undefined && (status === 401 || status === 403)) {
      throw new RestError(
        'REST_UNAUTHORIZED',
        `${address} does not let you in (${status}); ${remedies.unauthorized}`,
        { status, errors },
      );
    }
    if (errors.length === 0) {
      const answered = `${response.url || address} answered ${status}`;
      throw this.strange(answered, { status, cause: text.slice(0, 1_000) });
    }
    const message = code === undefined ? `the server answered ${status}: ${said}` : said;
    throw new RestError(code ?? 'REST_FAILED', message, { status, errors });
  }
}

/** @throws RestError for one that is too long */
async function boundedText(response: Response, bound: CallBound): Promise<string> {
  const decoder = new TextDecoder();
  const reader = response.body?.getReader();
  if (reader === undefined) {
    return '';
  }
  let text = '';
  let bytes = 0;
  try {
    for (;;) {
      const { value } = await bound.wait(reader.read());
      if (value === undefined) {
        return text + decoder.decode();
      }
      bytes += value.length;
      if (bytes > ANSWER_BYTES_MAX) {
        const message = `the answer of ${response.url} is longer than ${ANSWER_BYTES_MAX} bytes`;
        throw new RestError('REST_FAILED', message, { status: response.status });
      }
      text += decoder.decode(value, { stream: true });
    }
  } catch (error) {
    letGo(reader, error);
    throw error;
  }
}

/** Ends the connection of an answer that nobody reads on; what breaks it is told already. */
function letGo(reader: ReadableStreamDefaultReader<Uint8Array>, reason: unknown): void {
  reader.cancel(reason).catch(() => {});
}

function errorsOf(text: string): readonly string[] {
  try {
    const { errors } = JSON.parse(text) as { readonly errors?: unknown };
    return Array.isArray(errors) ? errors.map(String) : [];
  } catch {
    return []; // Not of a REST server: the caller says so.
  }
}
