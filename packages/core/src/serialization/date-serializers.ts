/**
 * Dates of java.util and java.sql: milliseconds, null as Long.MIN_VALUE.
 *
 * Flink: DateSerializer, SqlDateSerializer, SqlTimeSerializer, SqlTimestampSerializer.
 */
import { TaskError } from '../errors/errors.ts';
import { MIN_TIMESTAMP } from '../time/timestamps.ts';
import type { DataInputView } from './data-input-view.ts';
import type { DataOutputView } from './data-output-view.ts';
import { hashLong } from './java-hash.ts';
import { SqlTimestamp } from './java-time.ts';
import { notOfType, snapshotCorrupt } from './not-of-type.ts';
import {
  baseSnapshotClass,
  registerSimpleSerializer,
  SimpleTypeSerializer,
} from './simple-type-serializer.ts';

/** A date far outside what JavaScript's `Date` holds is `LONG_OUT_OF_RANGE`. */
export class DateSerializer extends SimpleTypeSerializer<Date> {
  readonly length = 8;
  override readonly isImmutableType: boolean = false;
  readonly snapshotClassName: string;

  constructor(name: 'Date' | 'SqlDate' | 'SqlTime') {
    super();
    this.snapshotClassName = baseSnapshotClass(name);
  }

  serialize(value: Date, target: DataOutputView): void {
    if (value === null || value === undefined) {
      target.writeTimestamp(MIN_TIMESTAMP);
    } else if (value instanceof Date && !Number.isNaN(value.getTime())) {
      target.writeLong(value.getTime());
    } else {
      throw notOfType('Date', value, 'use a valid Date');
    }
  }

  deserialize(source: DataInputView): Date {
    const time = source.readTimestamp();
    if (time === MIN_TIMESTAMP) {
      return null as unknown as Date;
    }
    const date = new Date(time);
    if (Number.isNaN(date.getTime())) {
      throw new TaskError('LONG_OUT_OF_RANGE', `${time} ms does not fit a Date; read a Types.LONG`);
    }
    return date;
  }

  override copy(value: Date): Date {
    return value === null || value === undefined ? value : new Date(value.getTime());
  }

  hashCode(value: Date): number {
    return hashLong(value.getTime());
  }

  keyIdentity(value: Date): number {
    return value.getTime();
  }
}

export class SqlTimestampSerializer extends SimpleTypeSerializer<SqlTimestamp> {
  readonly length = 12;
  readonly snapshotClassName: string = baseSnapshotClass('SqlTimestamp');

  serialize(value: SqlTimestamp, target: DataOutputView): void {
    if (value === null || value === undefined) {
      target.writeTimestamp(MIN_TIMESTAMP);
      target.writeInt(0);
    } else if (value instanceof SqlTimestamp) {
      target.writeLong(value.time);
      target.writeInt(value.nanos);
    } else {
      throw notOfType('java.sql.Timestamp', value, 'use new SqlTimestamp(millis, nanos)');
    }
  }

  deserialize(source: DataInputView): SqlTimestamp {
    const time = source.readTimestamp();
    const nanos = source.readInt();
    if (nanos < 0 || nanos > 999_999_999) {
      throw snapshotCorrupt(`a timestamp with nanosecond ${nanos}`);
    }
    return (time === MIN_TIMESTAMP ? null : new SqlTimestamp(time, nanos)) as SqlTimestamp;
  }

  hashCode(value: SqlTimestamp): number {
    return hashLong(value.time);
  }

  keyIdentity(value: SqlTimestamp): string {
    return `${value.time},${value.nanos}`;
  }
}

export const DATE_SERIALIZER: DateSerializer = registerSimpleSerializer(new DateSerializer('Date'));
export const SQL_DATE_SERIALIZER: DateSerializer = registerSimpleSerializer(
  new DateSerializer('SqlDate'),
);
export const SQL_TIME_SERIALIZER: DateSerializer = registerSimpleSerializer(
  new DateSerializer('SqlTime'),
);
export const SQL_TIMESTAMP_SERIALIZER: SqlTimestampSerializer = registerSimpleSerializer(
  new SqlTimestampSerializer(),
);
