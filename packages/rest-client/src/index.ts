/** Typed client of the REST API. */
export type { ErrorResponseBody } from './error-response-body.ts';
