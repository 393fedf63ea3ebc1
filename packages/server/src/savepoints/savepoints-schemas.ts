/** Flink's bodies and answers of the same names. */
import { type TSchema, Type } from 'typebox';
import { AsynchronousOperationResult, SerializedThrowable } from '../schema/answers.ts';
import { HexId, Long, Nullable, OneOf } from '../schema/values.ts';

const FormatType = OneOf(['CANONICAL', 'NATIVE']);
const strict = { additionalProperties: false } as const;

/** `null` is as good as left out, as in Flink. */
function orNull<T extends TSchema>(schema: T) {
  return Type.Optional(Nullable(schema));
}

export const SavepointTriggerRequestBody = Type.Object(
  {
    'target-directory': orNull(Type.String()),
    'cancel-job': orNull(Type.Boolean()),
    formatType: orNull(FormatType),
    triggerId: orNull(HexId()),
  },
  { title: 'SavepointTriggerRequestBody', ...strict },
);

export const StopWithSavepointRequestBody = Type.Object(
  {
    targetDirectory: orNull(Type.String()),
    drain: orNull(Type.Boolean()),
    formatType: orNull(FormatType),
    triggerId: orNull(HexId()),
  },
  { title: 'StopWithSavepointRequestBody', ...strict },
);

export const CheckpointTriggerRequestBody = Type.Object(
  {
    checkpointType: orNull(OneOf(['CONFIGURED', 'FULL', 'INCREMENTAL'])),
    triggerId: orNull(HexId()),
  },
  { title: 'CheckpointTriggerRequestBody', ...strict },
);

export const SavepointDisposalRequest = Type.Object(
  { 'savepoint-path': Type.String() },
  { title: 'SavepointDisposalRequest', ...strict },
);

export const SavepointInfo = Type.Object(
  { location: Type.Optional(Type.String()), 'failure-cause': Type.Optional(SerializedThrowable) },
  { title: 'SavepointInfo' },
);

export const CheckpointInfo = Type.Object(
  { checkpointId: Type.Optional(Long()), failureCause: Type.Optional(SerializedThrowable) },
  { title: 'CheckpointInfo' },
);

export const AsynchronousOperationInfo = Type.Object(
  { 'failure-cause': Type.Optional(SerializedThrowable) },
  { title: 'AsynchronousOperationInfo' },
);

export const SavepointResult = AsynchronousOperationResult(SavepointInfo, 'SavepointResult');
export const CheckpointResult = AsynchronousOperationResult(CheckpointInfo, 'CheckpointResult');
export const OperationResult = AsynchronousOperationResult(
  AsynchronousOperationInfo,
  'OperationResult',
);
