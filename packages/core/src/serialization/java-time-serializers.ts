/**
 * Instants, local dates and local times, each with a bit pattern of its own for null.
 *
 * Flink: InstantSerializer, LocalDateSerializer, LocalTimeSerializer, LocalDateTimeSerializer.
 */
import type { DataInputView } from './data-input-view.ts';
import type { DataOutputView } from './data-output-view.ts';
import { hashLong } from './java-hash.ts';
import { Instant, LocalDate, LocalDateTime, LocalTime } from './java-time.ts';
import { notOfType, snapshotCorrupt } from './not-of-type.ts';
import {
  baseSnapshotClass,
  registerSimpleSerializer,
  SimpleTypeSerializer,
} from './simple-type-serializer.ts';

const INT_MIN = -(2 ** 31);
const SHORT_MIN = -(2 ** 15);
const BYTE_MIN = -(2 ** 7);
const LONG_MIN = -(2n ** 63n);

/** Builds a value, and turns a field out of its range into `SNAPSHOT_CORRUPT`. */
function built<T>(build: () => T): T {
  try {
    return build();
  } catch (error) {
    throw snapshotCorrupt((error as Error).message);
  }
}

export class InstantSerializer extends SimpleTypeSerializer<Instant> {
  readonly length = 12;
  readonly snapshotClassName: string = baseSnapshotClass('Instant');

  serialize(value: Instant, target: DataOutputView): void {
    if (value === null || value === undefined) {
      target.writeBigLong(LONG_MIN);
      target.writeInt(INT_MIN);
    } else if (value instanceof Instant) {
      target.writeLong(value.epochSecond);
      target.writeInt(value.nano);
    } else {
      throw notOfType('Instant', value, 'use Instant.ofEpochMilli(millis)');
    }
  }

  deserialize(source: DataInputView): Instant {
    const second = source.readTimestamp();
    const nano = source.readInt();
    if (second === Number.NEGATIVE_INFINITY) {
      return null as unknown as Instant;
    }
    return built(() => new Instant(second, nano));
  }

  hashCode(value: Instant): number {
    return (hashLong(value.epochSecond) + Math.imul(51, value.nano)) | 0;
  }

  keyIdentity(value: Instant): string {
    return `${value.epochSecond},${value.nano}`;
  }
}

export class LocalDateSerializer extends SimpleTypeSerializer<LocalDate> {
  readonly length = 6;
  readonly snapshotClassName: string = baseSnapshotClass('LocalDate');

  serialize(value: LocalDate, target: DataOutputView): void {
    if (value === null || value === undefined) {
      target.writeInt(INT_MIN);
      target.writeShort(SHORT_MIN);
    } else if (value instanceof LocalDate) {
      target.writeInt(value.year);
      target.writeByte(value.month);
      target.writeByte(value.day);
    } else {
      throw notOfType('LocalDate', value, 'use new LocalDate(2024, 2, 29)');
    }
  }

  deserialize(source: DataInputView): LocalDate {
    const year = source.readInt();
    if (year === INT_MIN) {
      source.readShort();
      return null as unknown as LocalDate;
    }
    const month = source.readByte();
    const day = source.readByte();
    return built(() => new LocalDate(year, month, day));
  }

  hashCode(value: LocalDate): number {
    const { year, month, day } = value;
    return (year & 0xfffff800) ^ (((year << 11) + (month << 6) + day) | 0);
  }

  keyIdentity(value: LocalDate): string {
    return value.toString();
  }
}

export class LocalTimeSerializer extends SimpleTypeSerializer<LocalTime> {
  readonly length = 7;
  readonly snapshotClassName: string = baseSnapshotClass('LocalTime');

  serialize(value: LocalTime, target: DataOutputView): void {
    if (value === null || value === undefined) {
      target.writeByte(BYTE_MIN);
      target.writeShort(SHORT_MIN);
      target.writeInt(INT_MIN);
    } else if (value instanceof LocalTime) {
      target.writeByte(value.hour);
      target.writeByte(value.minute);
      target.writeByte(value.second);
      target.writeInt(value.nano);
    } else {
      throw notOfType('LocalTime', value, 'use new LocalTime(23, 59, 58)');
    }
  }

  deserialize(source: DataInputView): LocalTime {
    const hour = source.readByte();
    if (hour === BYTE_MIN) {
      source.readBytes(6);
      return null as unknown as LocalTime;
    }
    const minute = source.readByte();
    const second = source.readByte();
    const nano = source.readInt();
    return built(() => new LocalTime(hour, minute, second, nano));
  }

  hashCode(value: LocalTime): number {
    return hashLong(value.toNanoOfDay());
  }

  keyIdentity(value: LocalTime): number {
    return value.toNanoOfDay();
  }
}

export class LocalDateTimeSerializer extends SimpleTypeSerializer<LocalDateTime> {
  readonly length = 13;
  readonly snapshotClassName: string = baseSnapshotClass('LocalDateTime');

  serialize(value: LocalDateTime, target: DataOutputView): void {
    const nothing = value === null || value === undefined;
    if (!nothing && !(value instanceof LocalDateTime)) {
      throw notOfType('LocalDateTime', value, 'use new LocalDateTime(date, time)');
    }
    LOCAL_DATE_SERIALIZER.serialize((nothing ? null : value.date) as LocalDate, target);
    LOCAL_TIME_SERIALIZER.serialize((nothing ? null : value.time) as LocalTime, target);
  }

  deserialize(source: DataInputView): LocalDateTime {
    const date = LOCAL_DATE_SERIALIZER.deserialize(source) as LocalDate | null;
    const time = LOCAL_TIME_SERIALIZER.deserialize(source) as LocalTime | null;
    if ((date === null) !== (time === null)) {
      throw snapshotCorrupt('a LocalDateTime that is null in one half only');
    }
    return (date && time ? new LocalDateTime(date, time) : null) as LocalDateTime;
  }

  hashCode(value: LocalDateTime): number {
    return LOCAL_DATE_SERIALIZER.hashCode(value.date) ^ LOCAL_TIME_SERIALIZER.hashCode(value.time);
  }

  keyIdentity(value: LocalDateTime): string {
    return value.toString();
  }
}

export const INSTANT_SERIALIZER: InstantSerializer = registerSimpleSerializer(
  new InstantSerializer(),
);
export const LOCAL_DATE_SERIALIZER: LocalDateSerializer = registerSimpleSerializer(
  new LocalDateSerializer(),
);
export const LOCAL_TIME_SERIALIZER: LocalTimeSerializer = registerSimpleSerializer(
  new LocalTimeSerializer(),
);
export const LOCAL_DATE_TIME_SERIALIZER: LocalDateTimeSerializer = registerSimpleSerializer(
  new LocalDateTimeSerializer(),
);
