/** The end of event time in whole jobs whose sources have been silent for so long that they are idle. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import {
  CollectSink,
  DataGeneratorSource,
  type SourceReaderContext,
  TumblingEventTimeWindows,
  Types,
  WatermarkStrategy,
} from '@millrace/core';
import {
  AsyncDataStream,
  type DataStream,
  type StreamExecutionEnvironment,
} from '@millrace/datastream';
import { ManualClock } from './manual-clock.ts';
import { MiniCluster } from './mini-cluster.ts';

const RECORDS = 10;
const strategy = WatermarkStrategy.forMonotonousTimestamps<number>()
  .withTimestampAssigner(() => 1)
  .withIdleness('300 ms');

/** Emits its records at once, and is silent before it ends. */
class SilentSource extends DataGeneratorSource<number> {
  private readonly silenceMs: number;

  constructor(silenceMs: number) {
    super((n) => n, RECORDS);
    this.silenceMs = silenceMs;
  }

  override createReader(context: SourceReaderContext) {
    const reader = super.createReader(context);
    const silence = new Promise<void>((resolve) => {
      context.clock.setTimer(this.silenceMs, resolve);
    });
    const ends = context.clock.now() + this.silenceMs;
    const pollNext = reader.pollNext.bind(reader);
    const isAvailable = reader.isAvailable.bind(reader);
    let isSilent = false;
    reader.pollNext = (output, maxRecords) => {
      const status = pollNext(output, maxRecords);
      isSilent = status === 'end-of-input' && context.clock.now() < ends;
      return isSilent ? 'nothing-available' : status;
    };
    reader.isAvailable = () => (isSilent ? silence : isAvailable());
    return reader;
  }
}

function silent(env: StreamExecutionEnvironment, silenceMs: number): DataStream<number> {
  return env.fromSource(new SilentSource(silenceMs), strategy, 'silent', Types.LONG);
}

/** How many records there were, from a window that only the end of event time ends. */
function counted(stream: DataStream<number>): CollectSink<number> {
  const sink = new CollectSink<number>();
  stream
    .map(() => 1, Types.LONG)
    .keyBy(() => 'all', Types.STRING)
    .window(TumblingEventTimeWindows.of('1 h'))
    .reduce((a, b) => a + b)
    .sinkTo(sink);
  return sink;
}

interface Program {
  readonly way: string;
  readonly sources: number;
  stream(env: StreamExecutionEnvironment, silenceMs: number): DataStream<number>;
}

const PROGRAMS: readonly Program[] = [
  { way: 'a chain and channels', sources: 1, stream: silent },
  {
    way: 'an operator with two inputs',
    sources: 2,
    stream: (env, silenceMs) =>
      silent(env, silenceMs)
        .connect(silent(env, silenceMs))
        .map({ map1: (n) => n, map2: (n) => n }),
  },
  {
    way: 'operators that give event time and that hold watermarks back',
    sources: 1,
    stream: (env, silenceMs) =>
      AsyncDataStream.orderedWait(
        silent(env, silenceMs).assignTimestampsAndWatermarks(strategy),
        async (n) => n,
        '1 min',
      ),
  },
];

describe('a job whose sources are idle', () => {
  let clock = new ManualClock();
  let cluster = new MiniCluster();
  beforeEach(() => {
    clock = new ManualClock();
    cluster = new MiniCluster({ clock, parallelism: 2 });
  });
  afterEach(() => cluster.close());

  for (const { way, sources, stream } of PROGRAMS) {
    it(`fires all windows at the end of its input, through ${way}`, async () => {
      const env = cluster.environment();
      const sink = counted(stream(env, 20_000));
      const job = await cluster.start(env);
      await clock.advanceAsync(19_000);
      const whileIdle = [...sink.results];

      await clock.advanceAsync(10_000);

      assert.equal(job.jobStatus(), 'FINISHED');
      assert.deepEqual([whileIdle, sink.results], [[], [sources * RECORDS]]);
    });

    it(`fires all windows when it stops with drain, through ${way}`, async () => {
      const env = cluster.environment();
      const sink = counted(stream(env, 3_600_000));
      const job = await cluster.start(env);
      await clock.advanceAsync(19_000);
      const whileIdle = [...sink.results];

      const stopped = job.stopWithSavepoint({ advanceToEndOfEventTime: true });
      await clock.advanceAsync(10_000);
      await stopped;

      assert.equal(job.jobStatus(), 'FINISHED');
      assert.deepEqual([whileIdle, sink.results], [[], [sources * RECORDS]]);
    });
  }
});
