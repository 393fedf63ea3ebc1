/** Which vertices of a job had ended when a checkpoint was taken. */
import type { StateAssignment } from '@millrace/state';
import type { JobVertex } from '../graph/job-graph.ts';

/** True when nothing of the vertex is to run again. */
export function isFullyFinished(
  vertex: JobVertex,
  assignment: StateAssignment | undefined,
): boolean {
  return vertex.operators.every(
    ({ operatorId }) => assignment?.get(operatorId)?.fullyFinished === true,
  );
}
