/** The rooms whose routes the endpoint has. A new room is one line here. */
import { clusterRoom } from '../cluster/cluster-room.ts';
import { filesRoom } from '../files/files-room.ts';
import type { RestRoom } from '../http/rest-room.ts';
import { openApiRoom } from '../openapi/openapi-room.ts';

export const REST_ROOMS: readonly RestRoom[] = [clusterRoom, openApiRoom, filesRoom];
