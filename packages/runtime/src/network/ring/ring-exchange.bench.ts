/**
 * What a record costs from one slot to another, both ends on one core: against a hand-off in memory,
 * which is the limit, and against other encodings of the same batches.
 */
import { deserialize, serialize } from 'node:v8';
import { type TypeInformation, Types } from '@millrace/core';
import type { BenchSuite, BenchVariant } from '@millrace/core/bench';
import { LocalChannel } from '../local-channel.ts';
import { allocateDoorbells, Doorbell } from './doorbell.ts';
import { allocateRing } from './ring-layout.ts';
import { RingReader } from './ring-reader.ts';
import { RingWriter } from './ring-writer.ts';

const SLICE = 256;
const CHANNEL_CAPACITY = 1024;
const SEGMENTS = 10;
const SEGMENT_BYTES = 32 * 1024;
const KEYS = 10_000;

interface Sort {
  readonly name: string;
  readonly type: TypeInformation<never>;
  valueAt(index: number): unknown;
}

const ORDER = Types.POJO('com.acme.Order', {
  amount: Types.DOUBLE,
  customer: Types.STRING,
  id: Types.LONG,
  placedAt: Types.LONG,
  quantity: Types.INT,
});

const order = (i: number) => ({
  amount: i / 4,
  customer: `customer-${i % KEYS}`,
  id: i,
  placedAt: 1_700_000_000_000 + i,
  quantity: i % 9,
});

const SORTS: readonly Sort[] = [
  { name: 'long', type: Types.LONG as never, valueAt: (i) => i * 1000 },
  { name: 'string', type: Types.STRING as never, valueAt: (i) => `word-${i % KEYS}` },
  {
    name: 'tuple of string and long',
    type: Types.TUPLE(Types.STRING, Types.LONG) as never,
    valueAt: (i) => [`word-${i % KEYS}`, i],
  },
  { name: 'POJO of five fields', type: ORDER as never, valueAt: order },
  { name: 'POJO of five fields, not declared', type: Types.GENERIC as never, valueAt: order },
];

export async function bench(suite: BenchSuite): Promise<void> {
  const count = suite.size(100_000, 2000);
  for (const sort of SORTS) {
    const values = Array.from({ length: count }, (_, i) => sort.valueAt(i));
    await suite.compare(`shuffle, ${sort.name}`, {
      baseline: 'LocalChannel',
      operations: count,
      turns: suite.smoke ? 1 : 5,
      variants: {
        LocalChannel: throughMemory(values),
        ring: throughRing(sort.type, values),
        'structured clone of batches': inBatches(values, (batch) => deserialize(serialize(batch))),
        'JSON of batches': inBatches(values, (batch) => JSON.parse(JSON.stringify(batch))),
      },
    });
  }
}

function throughMemory(values: readonly unknown[]): BenchVariant {
  const channel = new LocalChannel(CHANNEL_CAPACITY);
  return {
    run: () => {
      let checksum = 0;
      for (let at = 0; at < values.length; at += SLICE) {
        const end = Math.min(at + SLICE, values.length);
        for (let i = at; i < end; i++) {
          channel.push(values[i], i);
        }
        checksum += consume(channel);
      }
      return checksum;
    },
  };
}

function throughRing(type: TypeInformation<never>, values: readonly unknown[]): BenchVariant {
  const ring = allocateRing({ segmentSizeBytes: SEGMENT_BYTES, segments: SEGMENTS });
  const doorbells = allocateDoorbells(2);
  const serializer = type.createSerializer();
  const names = { sender: 'the sender', edge: 'the edge' };
  const channel = new LocalChannel(CHANNEL_CAPACITY);
  const receiver = new Doorbell(doorbells, 1);
  const writer = new RingWriter({ ring, serializer, names, bufferTimeoutMs: 0.5, receiver });
  const sender = new Doorbell(doorbells, 0);
  const reader = new RingReader({ ring, serializer, names, channel, sender });
  return {
    run: () => {
      let checksum = 0;
      for (let at = 0; at < values.length; at += SLICE) {
        const end = Math.min(at + SLICE, values.length);
        for (let i = at; i < end; i++) {
          writer.push(values[i], i);
        }
        writer.poll(0);
        while (reader.poll()) {
          checksum += consume(channel);
        }
      }
      writer.poll(1);
      while (reader.poll()) {
        checksum += consume(channel);
      }
      return checksum;
    },
  };
}

function inBatches(
  values: readonly unknown[],
  copy: (batch: unknown[]) => unknown[],
): BenchVariant {
  const channel = new LocalChannel(CHANNEL_CAPACITY);
  return {
    run: () => {
      let checksum = 0;
      for (let at = 0; at < values.length; at += SLICE) {
        const end = Math.min(at + SLICE, values.length);
        const batch: unknown[] = [];
        for (let i = at; i < end; i++) {
          batch.push(values[i], i);
        }
        const copied = copy(batch);
        for (let i = 0; i < copied.length; i += 2) {
          channel.push(copied[i], copied[i + 1] as number);
        }
        checksum += consume(channel);
      }
      return checksum;
    },
  };
}

/** Looks at each value as who processes it does. */
function consume(channel: LocalChannel): number {
  let checksum = 0;
  for (; channel.head !== channel.tail; channel.head++) {
    const at = channel.head & channel.mask;
    checksum += (channel.timestamps[at] as number) + sizeOf(channel.values[at]);
    channel.values[at] = undefined;
  }
  return checksum;
}

function sizeOf(value: unknown): number {
  if (typeof value === 'string') {
    return value.length;
  }
  if (typeof value === 'number') {
    return value % 7;
  }
  return Array.isArray(value)
    ? (value[0] as string).length
    : (value as { customer: string }).customer.length;
}
