/** What goes wrong with a record on its way between slots, in words that name the way. */
import { errorMessage, InvariantError, MillraceError, TaskError } from '@millrace/core';
import { describeRecord } from '../../operators/key-context.ts';

/** For messages. */
export interface ChannelNames {
  /** Who sends: `operator 'map' (subtask 1/2)`. */
  readonly sender: string;
  /** The way and what it carries: `the edge to 'sink' (subtask 2/2), declared as Tuple2<String, Long>`. */
  readonly edge: string;
}

/** The code of the serializer's own error, else `SERIALIZER_FAILED`. */
export function notSerializable(
  { sender, edge }: ChannelNames,
  value: unknown,
  error: unknown,
): TaskError {
  const own = error instanceof MillraceError && error.reaction === 'task';
  const what = own ? 'does not fit' : 'could not be written by the serializer of';
  return new TaskError(
    own ? error.code : 'SERIALIZER_FAILED',
    `the record ${describeRecord(value)} of ${sender} ${what} ${edge}: ${errorMessage(error)}`,
    { cause: error },
  );
}

/** @param bytes - undefined when it did not even fit into memory */
export function recordTooLarge(
  { sender, edge }: ChannelNames,
  value: unknown,
  { bytes, bytesMax }: { readonly bytes: number | undefined; readonly bytesMax: number },
): TaskError {
  const size = bytes === undefined ? 'more than memory holds' : `${bytes} bytes`;
  return new TaskError(
    'RECORD_TOO_LARGE',
    `a record of ${sender} takes ${size} on ${edge}; ${bytesMax} are the most: send it in parts, ` +
      `or a reference to it. It begins ${beginningOf(value)}`,
  );
}

export function notDeserializable({ sender, edge }: ChannelNames, error: unknown): TaskError {
  return new TaskError(
    'SERIALIZER_FAILED',
    `an element of ${sender} could not be read from ${edge}: ${errorMessage(error)}; a serializer ` +
      'reads exactly the bytes that it wrote',
    { cause: error },
  );
}

/** Bytes that came, for another reason than the serializer's. */
export function notReadable({ sender, edge }: ChannelNames, error: unknown): MillraceError {
  const what = `what ${sender} sent could not be read from ${edge}: ${errorMessage(error)}`;
  return error instanceof RangeError && isOutOfMemory(error)
    ? new TaskError(
        'RECORD_TOO_LARGE',
        `${what}; memory does not hold the record: send it in parts`,
        { cause: error },
      )
    : new InvariantError('INVARIANT_VIOLATED', what, { cause: error });
}

export function isOutOfMemory(error: RangeError): boolean {
  return /allocation|array length/i.test(error.message);
}

/** Not by way of its whole text, which may be too large as well. */
function beginningOf(value: unknown): string {
  if (typeof value === 'string') {
    return describeRecord(value.slice(0, 100));
  }
  if (typeof value !== 'object' || value === null) {
    return typeof value;
  }
  if (ArrayBuffer.isView(value) || Array.isArray(value)) {
    return `${value.constructor.name} of ${'length' in value ? value.length : value.byteLength}`;
  }
  const fields = Object.keys(value).slice(0, 8);
  return `${value.constructor?.name ?? 'object'} with ${fields.join(', ')}`;
}
