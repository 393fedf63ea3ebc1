/**
 * Asks a REST server with Flink's paths: Millrace's or Flink's own.
 *
 * Invariants:
 * - A call ends: with an answer, an error that says what to do, or by the signal of the command.
 * - An answer takes bounded memory.
 */
import { ConfigError, type ErrorCode, errorMessage } from '@millrace/core';
import { serverMessage } from './server-message.ts';

const ANSWER_BYTES_MAX = 64 * 1024 * 1024;
const JSON_TYPE = 'application/json';

export interface RestClientOptions {
  /** `http://127.0.0.1:8081`, with the prefix of a proxy if there is one. */
  readonly address: URL;
  readonly token?: string | undefined;
  readonly signal: AbortSignal;
  /** How long one answer may take; `client.timeout`. */
  readonly timeoutMs: number;
}

/** Of an answer that is an error. */
export class RestError extends ConfigError {
  readonly status: number;

  constructor(code: ErrorCode, message: string, status: number, cause: unknown) {
    super(code, message, { cause });
    this.status = status;
  }
}

export class RestClient {
  readonly address: string;
  private readonly options: RestClientOptions;

  constructor(options: RestClientOptions) {
    this.options = options;
    this.address = options.address.href.replace(/\/$/, '');
  }

  /** @throws ConfigError `REST_UNREACHABLE`, `REST_FAILED`, or the code that the server told */
  get<T>(path: string): Promise<T> {
    return this.call<T>('GET', path);
  }

  post<T>(path: string, body: unknown): Promise<T> {
    return this.call<T>('POST', path, body);
  }

  patch<T>(path: string): Promise<T> {
    return this.call<T>('PATCH', path);
  }

  private async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const { token, signal, timeoutMs } = this.options;
    const timeout = AbortSignal.timeout(timeoutMs);
    let status: number;
    let text: string;
    try {
      const response = await fetch(`${this.address}/v1${path}`, {
        method,
        headers: {
          accept: JSON_TYPE,
          ...(body === undefined ? {} : { 'content-type': JSON_TYPE }),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.any([signal, timeout]),
      });
      status = response.status;
      text = await boundedText(response);
    } catch (error) {
      signal.throwIfAborted();
      throw timeout.aborted ? this.timedOut(timeoutMs, error) : this.unreachable(error);
    }
    if (status >= 400) {
      throw this.refused(status, text, path);
    }
    return this.parse<T>(text, path);
  }

  private parse<T>(text: string, path: string): T {
    try {
      return JSON.parse(text) as T;
    } catch (cause) {
      throw new ConfigError(
        'REST_FAILED',
        `${this.address}/v1${path} gave no JSON: ${JSON.stringify(text.slice(0, 80))}; ` +
          'is it the REST server of a job? --jobmanager names another',
        { cause },
      );
    }
  }

  private refused(status: number, text: string, path: string): RestError {
    const errors = errorsOf(text);
    if (status === 401 || status === 403) {
      return new RestError(
        'REST_FAILED',
        `${this.address} does not let you in (${status}); ` +
          (this.options.token === undefined
            ? 'give its token with --token or MILLRACE_TOKEN'
            : 'its token is not the one of --token, MILLRACE_TOKEN or rest.auth.token'),
        status,
        text,
      );
    }
    if (errors === undefined) {
      return new RestError(
        'REST_FAILED',
        `${this.address}/v1${path} answered ${status}; is it the REST server of a job? --jobmanager names another`,
        status,
        text,
      );
    }
    // Flink's errors of status 500 are "Internal server error." and then what it was.
    const full = errors.at(-1) ?? '';
    const { code, text: said } = serverMessage(full.replace(/^<Exception on server side:\s*/, ''));
    const message = code === undefined ? `the server answered ${status}: ${said}` : said;
    return new RestError(code ?? 'REST_FAILED', message, status, new Error(full));
  }

  private timedOut(timeoutMs: number, cause: unknown): ConfigError {
    return new ConfigError(
      'REST_UNREACHABLE',
      `${this.address} did not answer within ${timeoutMs / 1_000} s; ` +
        'the process may be at its limits, or client.timeout too short',
      { cause },
    );
  }

  private unreachable(error: unknown): ConfigError {
    return new ConfigError(
      'REST_UNREACHABLE',
      `no server answers at ${this.address}: ${reasonOf(error)}; start a job with \`millrace run\`, ` +
        'or say where it is with --jobmanager HOST:PORT',
      { cause: error },
    );
  }
}

/** `fetch failed` says nothing; its cause does. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause as NodeJS.ErrnoException) : undefined;
  const causes = cause instanceof AggregateError ? cause.errors : [cause];
  const told = causes.find((each) => each !== undefined && each !== null) as
    | NodeJS.ErrnoException
    | undefined;
  return told === undefined ? errorMessage(error) : told.message || String(told.code);
}

function errorsOf(text: string): readonly string[] | undefined {
  try {
    const { errors } = JSON.parse(text) as { readonly errors?: unknown };
    return Array.isArray(errors) && errors.length > 0 ? errors.map(String) : undefined;
  } catch {
    return undefined; // Not of a REST server: the caller says so.
  }
}

async function boundedText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    const part = chunk as Uint8Array;
    bytes += part.length;
    if (bytes > ANSWER_BYTES_MAX) {
      throw new Error(`the answer is longer than ${ANSWER_BYTES_MAX} bytes`);
    }
    text += decoder.decode(part, { stream: true });
  }
  return text + decoder.decode();
}
