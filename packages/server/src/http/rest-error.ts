/**
 * An answer that says what is wrong, in Flink's form: `{"errors": [text, …]}`.
 *
 * Flink prints the exception with its stack trace; here it is the line that a client reads the message
 * from, and nothing of the stack.
 *
 * Flink: RestHandlerException, ErrorResponseBody, HandlerUtils.sendErrorResponse.
 */
import { errorCode, errorMessage } from '@millrace/core';
import { statusByCode } from './status-by-code.ts';

export interface ErrorResponseBody {
  readonly errors: readonly string[];
}

const HANDLER_EXCEPTION = 'org.apache.flink.runtime.rest.handler.RestHandlerException';
const NOT_FOUND_EXCEPTION = 'org.apache.flink.runtime.rest.NotFoundException';

export class RestError extends Error {
  readonly status: number;
  readonly body: ErrorResponseBody;

  constructor(status: number, text: string) {
    super(text);
    this.status = status;
    this.body = { errors: [text] };
  }

  /** What Flink's handlers refuse on purpose. */
  static refused(status: number, message: string): RestError {
    return new RestError(status, `${HANDLER_EXCEPTION}: ${message}`);
  }

  /** A job, vertex, attempt that is not there. */
  static notFound(message: string): RestError {
    return new RestError(404, `${NOT_FOUND_EXCEPTION}: ${message}`);
  }

  /** @param what - `path parameter (jobid)` @param wanted - what it may be, where that is not told by its name */
  static badParameter(what: string, value: unknown, wanted?: string): RestError {
    const remedy = wanted === undefined ? '' : ` Use ${wanted}.`;
    return RestError.refused(
      400,
      `Bad request, could not parse parameters: Cannot resolve ${what} from value "${String(value)}".${remedy}`,
    );
  }

  /** @param what - `query parameter (key)` */
  static missingParameter(what: string): RestError {
    return RestError.refused(
      400,
      `Bad request, could not parse parameters: The ${what} is missing.`,
    );
  }
}

/** Any error as answer; what is none of ours is a failed handler. */
export function errorAnswer(error: unknown): { status: number; body: ErrorResponseBody } {
  if (error instanceof RestError) {
    return error;
  }
  const code = errorCode(error);
  const message = withoutPlaces(error);
  const text = code === undefined ? message : `${code}: ${message}`;
  const status = statusByCode(code);
  if (status !== undefined) {
    return new RestError(status, text);
  }
  return {
    status: 500,
    body: {
      errors: [
        'Internal server error.',
        `<Exception on server side:\n${text}\nEnd of exception on server side>`,
      ],
    },
  };
}

/** Node's message of a call of the system that failed: `ENOENT: no such file or directory, open '…'`. */
const FAILED_CALL = /^(E[A-Z0-9]+: [^,]+, \w+) '[\s\S]*$/;

/** The message, without the lines of a stack, and without the file of this machine that a failed call names. */
function withoutPlaces(error: unknown): string {
  return errorMessage(error)
    .split('\n')
    .filter((line) => !/^\s+at /.test(line))
    .join('\n')
    .replace(FAILED_CALL, '$1');
}
