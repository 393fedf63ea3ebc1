import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ReaderOutput, SourceOutput } from '@millrace/core';
import { ManualClock } from '@millrace/testing';
import { StreamExecutionEnvironment, WatermarkStrategy } from 'millrace';
import { type NexmarkConfiguration, nexmarkConfiguration } from './nexmark-configuration.ts';
import { dateTimeOf, type NexmarkEvent } from './nexmark-events.ts';
import { nexmarkEvents } from './nexmark-generator.ts';
import { NexmarkReader } from './nexmark-reader.ts';
import { NexmarkSource } from './nexmark-source.ts';
import {
  NEXMARK_SPLIT_SERIALIZER,
  NEXMARK_SPLITS_SERIALIZER,
  type NexmarkSplit,
  nexmarkSplits,
} from './nexmark-split.ts';

const THREE_GENERATORS = nexmarkConfiguration({
  numEvents: 1000,
  numEventGenerators: 3,
  firstEventRate: 1000,
});

describe('Nexmark source', () => {
  for (const parallelism of [1, 2, 3, 5]) {
    it(`gives each event once with ${parallelism} readers of three generators`, async () => {
      const env = StreamExecutionEnvironment.createLocalEnvironment({
        'parallelism.default': String(parallelism),
      });
      const source = new NexmarkSource(THREE_GENERATORS);

      const events = await env
        .fromSource(source, WatermarkStrategy.noWatermarks<NexmarkEvent>(), 'nexmark')
        .executeAndCollect();

      assert.deepEqual(
        events.map(asText).sort(),
        [...nexmarkEvents(THREE_GENERATORS)].map(asText).sort(),
      );
    });
  }
});

describe('Nexmark reader', () => {
  it('gives nothing until it knows all its generators', () => {
    const { reader, poll } = reading(THREE_GENERATORS, { knowsAll: false });

    assert.equal(poll(), 'nothing-available');
    reader.notifyNoMoreSplits();

    assert.equal(poll(), 'more-available');
  });

  it('reads its generators in turn, each into an output of its own, and releases it at the end', () => {
    const { poll, output } = reading(THREE_GENERATORS);

    while (poll(100) === 'more-available') {}

    const turns = output.emitted.map(({ split }) => split);
    assert.deepEqual([turns[0], turns[100], turns[200], turns[300]], ['0', '1', '2', '0']);
    assert.deepEqual(output.released, ['0', '1', '2']);
  });

  it('gives each event its event time', () => {
    const { poll, output } = reading({ ...THREE_GENERATORS, outOfOrderGroupSize: 10 });

    while (poll() === 'more-available') {}

    assert.equal(output.emitted.length, 1000);
    assert.ok(output.emitted.every(({ event, timestamp }) => dateTimeOf(event) === timestamp));
  });

  it('goes on after the last event of a snapshot', () => {
    const configuration = { ...THREE_GENERATORS, outOfOrderGroupSize: 10 };
    for (const polls of [0, 1, 3, 7, 30]) {
      const first = reading(configuration);
      for (let i = 0; i < polls; i++) {
        first.poll(37);
      }

      const splits = first.reader.snapshotState(1).map(copiedAsBytes);
      const second = reading(configuration, { splits });
      while (second.poll(37) === 'more-available') {}

      const events = [...first.output.emitted, ...second.output.emitted].map(({ event }) => event);
      assert.deepEqual(
        events.map(asText).sort(),
        [...nexmarkEvents(configuration)].map(asText).sort(),
      );
    }
  });

  it('gives each event when it is due, unless it may be as fast as it can', async () => {
    const clock = new ManualClock({ startMs: 50_000 });
    const configuration = nexmarkConfiguration({
      numEvents: 100,
      firstEventRate: 10,
      maxEmitSpeed: false,
    });
    const { reader, poll, output } = reading(configuration, { clock });
    while (poll() === 'more-available') {}
    assert.equal(output.emitted.length, 1);

    clock.advance(100);
    await reader.isAvailable();
    while (poll() === 'more-available') {}
    assert.equal(output.emitted.length, 2);

    clock.advance(900);
    while (poll() === 'more-available') {}
    assert.equal(output.emitted.length, 11);
  });

  it('keeps to the due times after a restore', () => {
    const clock = new ManualClock();
    const configuration = nexmarkConfiguration({
      numEvents: 100,
      firstEventRate: 10,
      maxEmitSpeed: false,
    });
    const first = reading(configuration, { clock });
    while (first.poll() === 'more-available') {}
    clock.advance(2000);

    const splits = first.reader.snapshotState(1).map(copiedAsBytes);
    const second = reading(configuration, { clock, splits });
    while (second.poll() === 'more-available') {}

    assert.equal(first.output.emitted.length + second.output.emitted.length, 21);
  });
});

describe('Nexmark splits', () => {
  it('are the same after a round trip through their bytes', () => {
    const splits = nexmarkSplits(THREE_GENERATORS);

    const { version } = NEXMARK_SPLITS_SERIALIZER;
    const bytes = NEXMARK_SPLITS_SERIALIZER.serialize(splits);
    assert.deepEqual(NEXMARK_SPLITS_SERIALIZER.deserialize(version, bytes), splits);
    assert.deepEqual(splits.map(copiedAsBytes), splits);
  });

  it('of another version are refused', () => {
    const bytes = NEXMARK_SPLITS_SERIALIZER.serialize([]);

    assert.throws(() => NEXMARK_SPLITS_SERIALIZER.deserialize(2, bytes), {
      code: 'SNAPSHOT_VERSION_UNSUPPORTED',
    });
  });
});

interface Emitted {
  readonly split: string;
  readonly event: NexmarkEvent;
  readonly timestamp: number | undefined;
}

class RecordingOutput implements ReaderOutput<NexmarkEvent> {
  readonly emitted: Emitted[] = [];
  readonly released: string[] = [];

  createOutputForSplit(split: string): SourceOutput<NexmarkEvent> {
    return {
      collect: (event, timestamp) => void this.emitted.push({ split, event, timestamp }),
      emitWatermark: () => {},
      markIdle: () => {},
      markActive: () => {},
    };
  }

  releaseOutputForSplit(split: string): void {
    this.released.push(split);
  }

  collect(): never {
    throw new Error('each split has an output of its own');
  }

  emitWatermark(): void {}

  markIdle(): void {}

  markActive(): void {}
}

function reading(
  configuration: NexmarkConfiguration,
  options: {
    readonly clock?: ManualClock;
    readonly splits?: readonly NexmarkSplit[];
    readonly knowsAll?: boolean;
  } = {},
): { reader: NexmarkReader; output: RecordingOutput; poll: (maxRecords?: number) => string } {
  const reader = new NexmarkReader(configuration, options.clock ?? new ManualClock());
  const output = new RecordingOutput();
  reader.addSplits(options.splits ?? nexmarkSplits(configuration));
  if (options.knowsAll !== false) {
    reader.notifyNoMoreSplits();
  }
  return { reader, output, poll: (maxRecords = 50) => reader.pollNext(output, maxRecords) };
}

function copiedAsBytes(split: NexmarkSplit): NexmarkSplit {
  const { version } = NEXMARK_SPLIT_SERIALIZER;
  return NEXMARK_SPLIT_SERIALIZER.deserialize(version, NEXMARK_SPLIT_SERIALIZER.serialize(split));
}

function asText(event: NexmarkEvent): string {
  return JSON.stringify(event);
}
