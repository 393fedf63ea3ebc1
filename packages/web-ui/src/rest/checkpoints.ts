/** Answers about checkpoints: Flink's, and ours that says why one was slow. */
import type { CheckpointDiagnosis } from '@millrace/rest-client';

export type {
  CheckpointConfigInfo as CheckpointConfig,
  CheckpointDiagnosis as Diagnosis,
  CheckpointingStatistics as CheckpointStatistics,
  CheckpointStatistics as Checkpoint,
  RestoredCheckpointStatistics as RestoredCheckpoint,
  StatsSummaryDto as Summary,
  SubtaskCheckpointStatistics as SubtaskCheckpoint,
  TaskCheckpointStatistics as VertexCheckpoint,
  TaskCheckpointStatisticsWithSubtaskDetails as VertexCheckpointDetails,
} from '@millrace/rest-client';
export type DiagnosisHop = CheckpointDiagnosis['hops'][number];
export type Finding = CheckpointDiagnosis['findings'][number];
