/** The rooms whose routes the endpoint has. A new room is one line here. */
import { clusterRoom } from '../cluster/cluster-room.ts';
import { diagnosisRoom } from '../diagnosis/diagnosis-room.ts';
import { filesRoom } from '../files/files-room.ts';
import type { RestRoom } from '../http/rest-room.ts';
import { metricsRoom } from '../metrics/metrics-room.ts';
import { openApiRoom } from '../openapi/openapi-room.ts';
import { prometheusRoom } from '../prometheus/prometheus-room.ts';

export const REST_ROOMS: readonly RestRoom[] = [
  diagnosisRoom,
  metricsRoom,
  prometheusRoom,
  clusterRoom,
  openApiRoom,
  filesRoom,
];
