/** Typed client of the REST API. */
export type * from './generated/rest-api.ts';
