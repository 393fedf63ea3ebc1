/** The rooms whose routes the endpoint has. A new room is one line here. */
import { checkpointsRoom } from '../checkpoints/checkpoints-room.ts';
import { clusterRoom } from '../cluster/cluster-room.ts';
import { jobsThreadRoom } from '../cluster/jobs-thread-room.ts';
import { diagnosisRoom } from '../diagnosis/diagnosis-room.ts';
import { filesRoom } from '../files/files-room.ts';
import { flameGraphRoom } from '../flamegraph/flame-graph-room.ts';
import type { RestRoom } from '../http/rest-room.ts';
import { jobManagerRoom } from '../jobmanager/jobmanager-room.ts';
import { jobControlRoom } from '../jobs/job-control-room.ts';
import { jobsRoom } from '../jobs/jobs-room.ts';
import { logsRoom } from '../logs/logs-room.ts';
import { metricsRoom } from '../metrics/metrics-room.ts';
import { openApiRoom } from '../openapi/openapi-room.ts';
import { prometheusRoom } from '../prometheus/prometheus-room.ts';
import { savepointsRoom } from '../savepoints/savepoints-room.ts';
import { stateRoom } from '../state/state-room.ts';
import { taskManagersRoom } from '../taskmanagers/taskmanagers-room.ts';
import { threadDumpRoom } from '../threads/thread-dump-room.ts';
import { verticesRoom } from '../vertices/vertices-room.ts';

/** What web UIs and Prometheus ask for again and again: `AnswerCache`. */
export const REPEATING_ROOMS: ReadonlySet<RestRoom> = new Set([
  clusterRoom,
  jobsRoom,
  verticesRoom,
  checkpointsRoom,
  metricsRoom,
  prometheusRoom,
  taskManagersRoom,
]);

export const REST_ROOMS: readonly RestRoom[] = [
  clusterRoom,
  jobsThreadRoom,
  jobsRoom,
  jobControlRoom,
  verticesRoom,
  checkpointsRoom,
  savepointsRoom,
  diagnosisRoom,
  jobManagerRoom,
  logsRoom,
  metricsRoom,
  prometheusRoom,
  stateRoom,
  taskManagersRoom,
  threadDumpRoom,
  flameGraphRoom,
  openApiRoom,
  filesRoom,
];
