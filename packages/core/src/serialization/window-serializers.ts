/**
 * Windows, the namespaces of window state.
 *
 * Flink: TimeWindow.Serializer, GlobalWindow.Serializer.
 */
import { GlobalWindow, TimeWindow } from '../windowing/windows.ts';
import type { DataInputView } from './data-input-view.ts';
import type { DataOutputView } from './data-output-view.ts';
import { registerSimpleSerializer, SimpleTypeSerializer } from './simple-type-serializer.ts';

const WINDOWS_PACKAGE = 'org.apache.flink.streaming.api.windowing.windows';

export class TimeWindowSerializer extends SimpleTypeSerializer<TimeWindow> {
  readonly length = 16;
  readonly snapshotClassName: string =
    `${WINDOWS_PACKAGE}.TimeWindow$Serializer$TimeWindowSerializerSnapshot`;

  serialize(value: TimeWindow, target: DataOutputView): void {
    target.writeTimestamp(value.start);
    target.writeTimestamp(value.end);
  }

  deserialize(source: DataInputView): TimeWindow {
    const start = source.readTimestamp();
    return new TimeWindow(start, source.readTimestamp());
  }

  /** Flink: MathUtils.longToIntWithBitMixing(start + end). */
  hashCode(value: TimeWindow): number {
    let mixed = BigInt.asUintN(64, toLong(value.start) + toLong(value.end));
    mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 30n)) * 0xbf58476d1ce4e5b9n);
    mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn);
    return Number(BigInt.asIntN(32, mixed ^ (mixed >> 31n)));
  }

  keyIdentity(value: TimeWindow): string {
    return `${value.start},${value.end}`;
  }
}

function toLong(timestamp: number): bigint {
  if (!Number.isFinite(timestamp)) {
    return timestamp > 0 ? 2n ** 63n - 1n : -(2n ** 63n);
  }
  return BigInt(timestamp);
}

export class GlobalWindowSerializer extends SimpleTypeSerializer<GlobalWindow> {
  readonly length = 1;
  readonly snapshotClassName: string =
    `${WINDOWS_PACKAGE}.GlobalWindow$Serializer$GlobalWindowSerializerSnapshot`;

  serialize(_value: GlobalWindow, target: DataOutputView): void {
    target.writeByte(0);
  }

  deserialize(source: DataInputView): GlobalWindow {
    source.readByte();
    return GlobalWindow.INSTANCE;
  }

  hashCode(_value: GlobalWindow): number {
    return 0;
  }

  keyIdentity(_value: GlobalWindow): number {
    return 0;
  }
}

export const TIME_WINDOW_SERIALIZER: TimeWindowSerializer = registerSimpleSerializer(
  new TimeWindowSerializer(),
);
export const GLOBAL_WINDOW_SERIALIZER: GlobalWindowSerializer = registerSimpleSerializer(
  new GlobalWindowSerializer(),
);
