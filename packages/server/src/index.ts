/** Flink's REST API for the jobs of a process. */
export { startRestServer } from './endpoint/rest-server.ts';
