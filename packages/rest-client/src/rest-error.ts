/**
 * What went wrong with a call, by its code:
 *
 * - `REST_UNREACHABLE`: no server answers at the address: the connection was refused, or broke.
 * - `REST_TLS_FAILED`: no secure connection: its certificate is not trusted, or something speaks no TLS.
 * - `REST_CLIENT_TIMEOUT`: no whole answer came within `timeoutMs`. (`REST_TIMEOUT` is an answer: the server
 *   tells that the thread of its jobs did not answer it.)
 * - `REST_UNAUTHORIZED`: the server wants a token, or another one.
 * - `REST_FAILED`: the server refused, or failed, and told no code; or its answer is none of the REST API.
 * - any other: the code that a server of ours told, such as `STATE_UNKNOWN` or `JOB_NOT_RUNNING`.
 */
export class RestError extends Error {
  readonly code: string;
  /** Of the answer; `undefined` where none came, or where an operation failed that had been accepted. */
  readonly status: number | undefined;
  /** The texts of `{"errors": [...]}`, whole: real Flink tells a stack trace. */
  readonly errors: readonly string[];

  constructor(code: string, message: string, more: RestErrorFacts = {}) {
    super(message, { cause: more.cause });
    this.name = 'RestError';
    this.code = code;
    this.status = more.status;
    this.errors = more.errors ?? [];
  }
}

/** No answer came: nobody is there, or it took too long. */
export function isUnanswered(error: unknown): boolean {
  return (
    error instanceof RestError &&
    (error.code === 'REST_UNREACHABLE' || error.code === 'REST_CLIENT_TIMEOUT')
  );
}

export interface RestErrorFacts {
  readonly status?: number;
  readonly errors?: readonly string[];
  readonly cause?: unknown;
}
