/** `GET /jobs/:jobid/checkpoints/details/:checkpointid/diagnosis`: why it was slow. Not in Flink. */
import { Configuration } from '@millrace/core';
import { Type } from 'typebox';
import { RestError } from '../http/rest-error.ts';
import type { RestRoom } from '../http/rest-room.ts';
import { Double, HexId, Nullable } from '../schema/values.ts';
import { diagnoseCheckpoint } from './slow-checkpoint.ts';

const hop = {
  vertexId: Type.String(),
  subtask: Type.Integer({ format: 'int32' }),
  startDelayMs: Double(),
  alignmentMs: Double(),
  syncMs: Double(),
  asyncMs: Double(),
  endToEndMs: Double(),
};

const CheckpointDiagnosisBody = Type.Object(
  {
    hops: Type.Array(Type.Object(hop)),
    slowest: Nullable(Type.Object({ ...hop, phase: Type.String(), phaseMs: Double() })),
    findings: Type.Array(
      Type.Object({
        code: Type.String(),
        severity: Type.Unsafe<'info' | 'warning' | 'error'>({
          type: 'string',
          enum: ['info', 'warning', 'error'],
        }),
        text: Type.String(),
        setting: Type.Optional(Type.String()),
        suggestedValue: Type.Optional(Type.String()),
      }),
    ),
  },
  { title: 'CheckpointDiagnosis' },
);

const params = Type.Object({
  jobid: HexId(),
  checkpointid: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
});

export const diagnosisRoom: RestRoom = (app, { cache }) => {
  app.get(
    '/jobs/:jobid/checkpoints/details/:checkpointid/diagnosis',
    {
      schema: {
        ...{ tags: ['checkpoints'], params, operationId: 'getCheckpointDiagnosis' },
        summary: 'Why a checkpoint was slow, hop by hop, and which setting would help.',
        response: { 200: CheckpointDiagnosisBody },
      },
    },
    async ({ params: { jobid, checkpointid } }) => {
      const [details, statistics] = await Promise.all([
        cache.jobDetails(jobid),
        cache.checkpointStatistics(jobid),
      ]);
      const { latestCompleted, latestSavepoint, latestFailed, history } = statistics;
      const checkpoint = [...history, latestCompleted, latestSavepoint, latestFailed].find(
        (each) => each?.checkpointId === checkpointid,
      );
      if (checkpoint === undefined) {
        throw RestError.notFound(
          `Could not find checkpoint statistics for checkpoint ${checkpointid}.`,
        );
      }
      const settings = details.configuration.map(({ key, value }) => [key, value] as const);
      return diagnoseCheckpoint({
        checkpoint,
        vertices: details.vertices,
        configuration: Configuration.fromMap(Object.fromEntries(settings)),
      });
    },
  );
};
