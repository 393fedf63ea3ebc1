/** Parameters of paths. A value that does not fit is answered with 400, in Flink's words. */
import { Type } from 'typebox';
import { HexId } from './values.ts';

const NATURAL = { minimum: 0, maximum: 2 ** 31 - 1 };

export const JobParameters = Type.Object({ jobid: HexId() });

export const TriggerParameters = Type.Object({ triggerid: HexId() });

export const JobTriggerParameters = Type.Object({ jobid: HexId(), triggerid: HexId() });

export const VertexParameters = Type.Object({ jobid: HexId(), vertexid: HexId() });

export const SubtaskParameters = Type.Object({
  ...VertexParameters.properties,
  subtaskindex: Type.Integer(NATURAL),
});

export const AttemptParameters = Type.Object({
  ...SubtaskParameters.properties,
  attempt: Type.Integer(NATURAL),
});

export const CheckpointParameters = Type.Object({
  jobid: HexId(),
  checkpointid: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
});

export const CheckpointVertexParameters = Type.Object({
  ...CheckpointParameters.properties,
  vertexid: HexId(),
});
