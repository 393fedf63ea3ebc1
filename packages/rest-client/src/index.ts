/** Typed client of the REST API, for Node.js and browsers. */
export type { Sleep } from './clock.ts';
export type * from './generated/rest-api.ts';
export {
  type CallOptions,
  MillraceClient,
  type MillraceClientOptions,
  type SavepointOptions,
  type SourceOptions,
  type StateEntry,
  type StatePlace,
} from './millrace-client.ts';
export { RestError } from './rest-error.ts';
export type { AnswerOf, Method, PathOf, RequestArguments, RequestOf } from './rest-transport.ts';
