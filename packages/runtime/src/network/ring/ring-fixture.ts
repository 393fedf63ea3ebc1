/** Rings for tests: both ends on one thread, and what comes out. */
import assert from 'node:assert/strict';
import { ConfigError, type TypeInformation, type TypeSerializer, Types } from '@millrace/core';
import type { ChannelEvent } from '../channel-event.ts';
import { LocalChannel } from '../local-channel.ts';
import { allocateDoorbells, Doorbell } from './doorbell.ts';
import {
  allocateRing,
  READ_POSITION_WORD,
  type RingSize,
  viewRing,
  WRITE_POSITION_WORD,
} from './ring-layout.ts';
import { RingReader } from './ring-reader.ts';
import { RingWriter, type RingWriterParts } from './ring-writer.ts';

export const NAMES = {
  sender: "operator 'map' (subtask 1/2)",
  edge: "the edge to 'sink' (subtask 2/2)",
};

export type Received =
  | { readonly value: unknown; readonly timestamp: number }
  | { readonly event: ChannelEvent };

export interface RingFixture {
  readonly ring: SharedArrayBuffer;
  readonly writer: RingWriter<unknown>;
  readonly reader: RingReader<unknown>;
  readonly channel: LocalChannel;
  readonly doorbells: SharedArrayBuffer;
  /** What is in the channel, which is empty then. */
  take(): Received[];
  /** As if so many bytes had gone through the ring, a multiple of its capacity; it has to be empty. */
  letThrough(bytes: number): void;
}

export interface RingFixtureOptions {
  readonly size?: RingSize;
  readonly type?: TypeInformation<never> | TypeInformation<unknown>;
  readonly bufferTimeoutMs?: number;
  readonly recordBytesMax?: number;
  readonly channelCapacity?: number;
  readonly startPosition?: number;
}

export function openRing(options: RingFixtureOptions = {}): RingFixture {
  const ring = allocateRing(
    options.size ?? { segmentSizeBytes: 64, segments: 4 },
    options.startPosition,
  );
  const doorbells = allocateDoorbells(2);
  const type = (options.type ?? Types.STRING) as TypeInformation<unknown>;
  const serializer: TypeSerializer<unknown> = type.createSerializer();
  const channel = new LocalChannel(options.channelCapacity ?? 16);
  const parts: RingWriterParts<unknown> = {
    ring,
    serializer,
    names: NAMES,
    bufferTimeoutMs: options.bufferTimeoutMs ?? 100,
    receiver: new Doorbell(doorbells, 1),
    ...(options.recordBytesMax === undefined ? {} : { recordBytesMax: options.recordBytesMax }),
  };
  const writer = new RingWriter(parts);
  const sender = new Doorbell(doorbells, 0);
  const reader = new RingReader({ ring, serializer, channel, names: NAMES, sender });
  const letThrough = (bytes: number): void => {
    const inlet = Reflect.get(writer, 'ring') as Positioned;
    const outlet = Reflect.get(reader, 'ring') as Positioned;
    const { words, capacity } = viewRing(ring);
    assert.equal(bytes % capacity, 0);
    assert.equal(words[READ_POSITION_WORD], words[WRITE_POSITION_WORD]);
    inlet.position += bytes;
    outlet.position = inlet.position | 0;
    outlet.givenBack = outlet.position;
    outlet.knownEnd = outlet.position;
    words[WRITE_POSITION_WORD] = outlet.position;
    words[READ_POSITION_WORD] = outlet.position;
  };
  return { ring, writer, reader, channel, doorbells, take: () => takeAll(channel), letThrough };
}

/** The ends of a ring, inside. */
interface Positioned {
  position: number;
  givenBack: number;
  knownEnd: number;
}

export function takeAll(channel: LocalChannel): Received[] {
  const taken: Received[] = [];
  for (; channel.size > 0; channel.head++) {
    const at = channel.head & channel.mask;
    const value = channel.values[at];
    const timestamp = channel.timestamps[at] as number;
    taken.push(
      LocalChannel.isEvent(timestamp) ? { event: value as ChannelEvent } : { value, timestamp },
    );
  }
  return taken;
}

export function records(...values: unknown[]): Received[] {
  return values.map((value, index) => ({ value, timestamp: index }));
}

/** A serializer like that of `type` that throws `thrown()` for one value. */
export function failingAt(
  bad: unknown,
  thrown: () => unknown = () => new ConfigError('UNSUPPORTED', 'not this one'),
): TypeInformation<string> {
  const serializer = Types.STRING.createSerializer();
  const failing: TypeSerializer<string> = Object.create(serializer);
  failing.serialize = (value, target) => {
    serializer.serialize(value, target);
    if (value === bad) {
      throw thrown();
    }
  };
  return { name: 'String', isKeyType: false, createSerializer: () => failing };
}
