/** Typed client of the REST API, for Node.js and browsers. */
export { type Sleep, sleep } from './clock.ts';
export type * from './generated/rest-api.ts';
export {
  type CallOptions,
  MillraceClient,
  type MillraceClientOptions,
  type OperationOptions,
  type SavepointOptions,
  type SourceOptions,
  type StateEntry,
  type StatePlace,
} from './millrace-client.ts';
export type { Remedies } from './remedies.ts';
export { isUnanswered, RestError } from './rest-error.ts';
export type {
  AnswerOf,
  Method,
  OpenOptions,
  PathOf,
  RequestArguments,
  RequestOf,
  SendOptions,
} from './rest-transport.ts';
export { type ServerMessage, serverMessage } from './server-message.ts';
