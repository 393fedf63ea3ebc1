/** Answers that many routes have. */
import { Type } from 'typebox';
import { HexId, Nullable, OneOf } from './values.ts';

/** Flink: ErrorResponseBody. */
export const ErrorResponseBody = Type.Object(
  { errors: Type.Array(Type.String()) },
  { title: 'ErrorResponseBody' },
);

/** Flink: EmptyResponseBody. */
export const EmptyResponseBody = Type.Object({}, { title: 'EmptyResponseBody' });

/** Flink: TriggerResponse. */
export const TriggerResponse = Type.Object({ 'request-id': HexId() }, { title: 'TriggerResponse' });

/** Flink: SerializedThrowable. The last one is an object of Java, in base64. */
export const SerializedThrowable = Type.Object(
  {
    class: Type.String(),
    'stack-trace': Type.String(),
    'serialized-throwable': Type.String(),
  },
  { title: 'SerializedThrowable' },
);

/** Flink: QueueStatus. */
export const QueueStatus = Type.Object(
  { id: OneOf(['IN_PROGRESS', 'COMPLETED']) },
  { title: 'QueueStatus' },
);

/** Flink: AsynchronousOperationResult. */
export function AsynchronousOperationResult<const T extends ReturnType<typeof Type.Object>>(
  operation: T,
  title: string,
) {
  return Type.Object({ status: QueueStatus, operation: Nullable(operation) }, { title });
}
