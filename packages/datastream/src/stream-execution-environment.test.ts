import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import {
  CheckpointingOptions,
  type Collector,
  CoreOptions,
  DataGeneratorSource,
  DiscardingSink,
  OutputTag,
  type ProcessContext,
  ProcessFunction,
  RateLimiterStrategy,
  type Sink,
  TumblingEventTimeWindows,
  Types,
  WatermarkStrategy,
} from '@millrace/core';
import { createJobGraph, type JobGraph, operatorIdFromUid } from '@millrace/runtime';
import type { DataStream } from './data-stream.ts';
import { StreamExecutionEnvironment } from './stream-execution-environment.ts';

function environment(settings: Record<string, string> = {}): StreamExecutionEnvironment {
  return StreamExecutionEnvironment.createLocalEnvironment(settings);
}

function jobGraphOf(env: StreamExecutionEnvironment): JobGraph {
  return createJobGraph(env.getStreamGraph());
}

const COMMITTING_SINK: Sink<unknown, never, string> = {
  createWriter: () => ({ write: () => {}, flush: () => {}, close: () => {} }),
  createCommitter: () => ({ commit: () => {}, close: () => {} }),
  committableSerializer: {
    version: 1,
    serialize: (text) => new TextEncoder().encode(text),
    deserialize: (_version, bytes) => new TextDecoder().decode(bytes),
  },
};

describe('settings of a program', () => {
  let folder: string;
  const argv = [...process.argv];
  const confDir = process.env.FLINK_CONF_DIR;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-conf-'));
    process.env.FLINK_CONF_DIR = folder;
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
    process.argv = argv;
    if (confDir === undefined) {
      delete process.env.FLINK_CONF_DIR;
    } else {
      process.env.FLINK_CONF_DIR = confDir;
    }
  });

  it('win over the command line, which wins over the file', () => {
    const file = ['parallelism.default: 2', 'pipeline.max-parallelism: 50', 'pipeline.name: file'];
    writeFileSync(join(folder, 'flink-conf.yaml'), file.join('\n'));
    process.argv = ['node', 'program', '-D', 'parallelism.default=3', '-Dpipeline.name=line', 'x'];

    const env = StreamExecutionEnvironment.getExecutionEnvironment({ 'pipeline.name': 'program' });

    assert.deepEqual(env.configuration.toMap(), {
      'parallelism.default': '3',
      'pipeline.max-parallelism': '50',
      'pipeline.name': 'program',
    });
  });

  it('are refused on the command line without a key', () => {
    writeFileSync(join(folder, 'config.yaml'), '');
    process.argv = ['node', 'program', '-D'];

    assert.throws(() => StreamExecutionEnvironment.getExecutionEnvironment(), {
      code: 'CONFIG_VALUE_INVALID',
    });
  });

  it('that are set become keys of the configuration', () => {
    const env = environment().setParallelism(4).enableCheckpointing('10 s', 'AT_LEAST_ONCE');
    env.checkpointConfig.setMinPauseBetweenCheckpoints(500).setCheckpointStorage('file:/tmp/cp');

    assert.equal(env.configuration.get(CoreOptions.DEFAULT_PARALLELISM), 4);
    assert.equal(env.configuration.get(CheckpointingOptions.CHECKPOINTING_INTERVAL), 10_000);
    assert.equal(
      env.configuration.get(CheckpointingOptions.CHECKPOINTING_CONSISTENCY_MODE),
      'AT_LEAST_ONCE',
    );
    assert.equal(env.configuration.get(CheckpointingOptions.MIN_PAUSE_BETWEEN_CHECKPOINTS), 500);
    assert.equal(env.configuration.get(CheckpointingOptions.CHECKPOINTS_DIRECTORY), 'file:/tmp/cp');
    assert.equal(env.checkpointConfig.isCheckpointingEnabled, true);
  });
});

describe('the graph of a program', () => {
  it('gives a sink with a committer two operators with the uids that Flink gives', () => {
    const env = environment();
    env.fromData([1]).uid('in').sinkTo(COMMITTING_SINK).uid('out').name('files');

    const [vertex] = jobGraphOf(env).vertices;

    assert.equal(vertex?.name, 'Source: Collection Source -> files: Writer -> files: Committer');
    assert.deepEqual(
      vertex?.operators.map((operator) => operator.operatorId),
      ['in', 'out', 'Sink Committer: out'].map(operatorIdFromUid),
    );
  });

  it('gives a sink without a committer one', () => {
    const env = environment();
    env.fromData([1]).sinkTo(new DiscardingSink(), {
      writerUidHash: 'cbc357ccb763df2852fee8c4fc7d55f2',
    });

    const [vertex] = jobGraphOf(env).vertices;

    assert.equal(vertex?.name, 'Source: Collection Source -> Sink: Writer');
    assert.equal(vertex?.operators[1]?.userProvidedHash, 'cbc357ccb763df2852fee8c4fc7d55f2');
  });

  it('cuts chains at keyBy, disableChaining and startNewChain', () => {
    const env = environment();
    env
      .fromSequence(1, 9)
      .map((n) => n)
      .name('a')
      .map((n) => n)
      .name('b')
      .startNewChain()
      .map((n) => n)
      .name('c')
      .disableChaining()
      .map((n) => n)
      .name('d')
      .keyBy((n) => n)
      .reduce((a, b) => a + b)
      .sinkTo(new DiscardingSink());

    assert.deepEqual(
      jobGraphOf(env).vertices.map((vertex) => vertex.name),
      ['Source: Sequence Source -> a', 'b', 'c', 'd', 'Keyed Reduce -> Sink: Writer'],
    );
  });

  it('runs every operator on its own when chaining is off', () => {
    const env = environment().disableOperatorChaining();
    env.fromSequence(1, 9).print();

    assert.equal(jobGraphOf(env).vertices.length, 2);
  });

  it('makes one input of each stream of a union, each with the partitioning after it', () => {
    const env = environment();
    const a = env.fromData([1]);
    const b = env.fromData([2]);
    a.union(b, a).broadcast().sinkTo(new DiscardingSink()).name('out');

    const out = jobGraphOf(env).vertices.find((vertex) => vertex.name === 'out: Writer');

    assert.deepEqual(
      out?.inputs.map((edge) => edge.partitioner.kind),
      ['broadcast', 'broadcast', 'broadcast'],
    );
  });

  it('knows types by default, by argument, by returns and by what passes them on', () => {
    const env = environment();
    const named = env.fromData([1], Types.INT);

    assert.equal(env.fromData([1]).type, Types.GENERIC);
    assert.equal(env.fromSequence(1, 2).type, Types.LONG);
    assert.equal(named.filter(() => true).rebalance().type, Types.INT);
    assert.equal(named.map(String, Types.STRING).type, Types.STRING);
    assert.equal(named.map(String).returns(Types.STRING).type, Types.STRING);
    assert.equal(named.keyBy((n) => n).reduce((a) => a).type, Types.INT);
  });

  it('takes the parallelism of the environment at the moment an operator is added', () => {
    const env = environment().setParallelism(2);
    const source = env.fromSequence(1, 2);
    env.setParallelism(5);
    source
      .map((n) => n)
      .sinkTo(new DiscardingSink())
      .setParallelism(3)
      .setMaxParallelism(12);

    assert.deepEqual(
      jobGraphOf(env).vertices.map((vertex) => [vertex.parallelism, vertex.maxParallelism]),
      [
        [2, 128],
        [5, 128],
        [3, 12],
      ],
    );
  });

  it('passes slot sharing groups on from inputs that agree', () => {
    const env = environment();
    const a = env.fromSequence(1, 2).slotSharingGroup('x');
    a.map((n) => n)
      .union(env.fromSequence(1, 2))
      .print();

    const groups = env.getStreamGraph().nodes.map((node) => node.slotSharingGroup);

    assert.deepEqual(groups, ['x', 'x', 'default', 'default']);
  });
});

describe('a program that cannot run', () => {
  const refused: readonly [string, string, (env: StreamExecutionEnvironment) => unknown][] = [
    ['has no operators', 'INVALID_GRAPH', (env) => env.fromData([1])],
    ['has parallelism 0', 'PARALLELISM_OUT_OF_RANGE', (env) => env.setParallelism(0)],
    [
      'reads a collection in parallel',
      'PARALLELISM_OUT_OF_RANGE',
      (env) => env.fromData([1]).setParallelism(2),
    ],
    [
      'has more subtasks than key groups',
      'PARALLELISM_OUT_OF_RANGE',
      (env) => env.fromSequence(1, 2).setParallelism(9).setMaxParallelism(8).print(),
    ],
    [
      'has a max parallelism above 32768',
      'MAX_PARALLELISM_OUT_OF_RANGE',
      (env) => env.setMaxParallelism(40_000),
    ],
    [
      'forwards between unequal parallelisms',
      'INVALID_GRAPH',
      (env) => env.fromSequence(1, 2).forward().print().setParallelism(2),
    ],
    [
      'uses one uid twice',
      'DUPLICATE_UID',
      (env) => env.fromSequence(1, 2).uid('x').print().uid('x'),
    ],
    [
      'names no uid where it must',
      'UID_MISSING',
      (env) => env.configure({ 'pipeline.auto-generate-uids': 'false' }).fromData([1]).print(),
    ],
    [
      'keys by arrays of bytes',
      'KEY_TYPE_UNSUPPORTED',
      (env) => env.fromData([new Uint8Array()]).keyBy((b) => b, Types.BYTE_ARRAY),
    ],
    [
      'keys by arrays of objects',
      'KEY_TYPE_UNSUPPORTED',
      (env) => env.fromData([['a']]).keyBy((a) => a, Types.OBJECT_ARRAY(Types.STRING) as never),
    ],
    [
      'keys by an enum',
      'KEY_TYPE_UNSUPPORTED',
      (env) => env.fromData(['A' as const]).keyBy((a) => a, Types.ENUM('com.acme.E', ['A'])),
    ],
    [
      'keys by maps',
      'KEY_TYPE_UNSUPPORTED',
      (env) =>
        env
          .fromData([new Map<string, string>()])
          .keyBy((m) => m, Types.MAP(Types.STRING, Types.STRING)),
    ],
    [
      'sets one uid hash for the two operators of a sink',
      'UNSUPPORTED',
      (env) => env.fromData([1]).print().setUidHash('cbc357ccb763df2852fee8c4fc7d55f2'),
    ],
    ['counts backwards', 'CONFIG_VALUE_INVALID', (env) => env.fromSequence(2, 1)],
    [
      'checkpoints faster than every 10 ms',
      'CONFIG_VALUE_INVALID',
      (env) => env.enableCheckpointing(5),
    ],
  ];
  for (const [what, code, build] of refused) {
    it(`is refused when it ${what}`, async () => {
      const env = environment();

      const run = async (): Promise<unknown> => {
        build(env);
        return env.execute();
      };

      await assert.rejects(run, { code });
    });
  }
});

class Split extends ProcessFunction<number, number> {
  override processElement(n: number, context: ProcessContext, out: Collector<number>): void {
    if (n % 2 === 0) {
      context.output(EVEN, n);
    } else {
      out.collect(n);
    }
  }
}
const EVEN = new OutputTag<number>('even', Types.LONG);

describe('a program that runs', () => {
  it('gives what the functions make of the source, in parallel', async () => {
    const env = environment().setParallelism(3);

    const squares = await env
      .fromSequence(1, 100)
      .filter((n) => n % 10 === 0)
      .map((n) => n * n)
      .executeAndCollect();

    assert.deepEqual(
      squares.sort((a, b) => a - b),
      [100, 400, 900, 1600, 2500, 3600, 4900, 6400, 8100, 10_000],
    );
  });

  it('keeps state by key, whichever subtask has it', async () => {
    const env = environment().setParallelism(4);

    const counts = await env
      .fromData(['a', 'b', 'a', 'c', 'a', 'b'])
      .map((word) => ({ word, count: 1 }))
      .keyBy(({ word }) => word)
      .reduce((a, b) => ({ word: a.word, count: a.count + b.count }))
      .executeAndCollect();

    const most = Object.fromEntries(counts.map(({ word }) => [word, 0]));
    for (const { word, count } of counts) {
      most[word] = Math.max(most[word] ?? 0, count);
    }
    assert.deepEqual(most, { a: 3, b: 2, c: 1 });
    assert.equal(counts.length, 6);
  });

  const repartitioned: readonly [string, number, (s: DataStream<number>) => DataStream<number>][] =
    [
      ['rebalance', 1, (s) => s.rebalance()],
      ['rescale', 1, (s) => s.rescale()],
      ['shuffle', 1, (s) => s.shuffle()],
      ['global', 1, (s) => s.global()],
      ['broadcast', 5, (s) => s.broadcast()],
      [
        'partitionCustom',
        1,
        (s) =>
          s.partitionCustom(
            (key: number, n) => key % n,
            (n) => n,
          ),
      ],
      ['keyBy', 1, (s) => s.keyBy((n) => n)],
    ];
  for (const [name, copies, partition] of repartitioned) {
    for (const senders of [2, 7]) {
      it(`delivers each record through ${name} from ${senders} subtasks to 5`, async () => {
        const env = environment();
        const numbers = env.fromSequence(0, 99).setParallelism(senders);

        const received = await partition(numbers)
          .map((n) => n)
          .setParallelism(5)
          .executeAndCollect();

        const expected = Array.from({ length: 100 }, (_, n) => Array<number>(copies).fill(n));
        assert.deepEqual(
          received.sort((a, b) => a - b),
          expected.flat(),
        );
      });
    }
  }

  it('sends side outputs another way', async () => {
    const env = environment();
    const split = env.fromSequence(1, 6).process(new Split());
    split.sinkTo(new DiscardingSink());

    assert.deepEqual(await split.getSideOutput(EVEN).executeAndCollect(), [2, 4, 6]);
  });

  it('groups by event time into windows', async () => {
    const env = environment();
    const events = [
      { time: 10, value: 1 },
      { time: 999, value: 2 },
      { time: 1000, value: 4 },
    ];

    const sums = await env
      .fromData(events)
      .assignTimestampsAndWatermarks(
        WatermarkStrategy.forMonotonousTimestamps<{
          time: number;
          value: number;
        }>().withTimestampAssigner((event) => event.time),
      )
      .keyBy(() => 'all')
      .window(TumblingEventTimeWindows.of('1 s'))
      .reduce((a, b) => ({ time: a.time, value: a.value + b.value }))
      .map((sum) => sum.value)
      .executeAndCollect();

    assert.deepEqual(sums, [3, 4]);
  });

  it('stops once the limit is reached, however long its input is', async () => {
    const env = environment();

    const first = await env.fromSequence(1, 2 ** 52).executeAndCollect({ limit: 3 });

    assert.deepEqual(first, [1, 2, 3]);
  });

  it('throws what its function threw', async () => {
    const env = environment();
    env
      .fromData([1, 2])
      .map((n) => {
        if (n === 2) {
          throw new RangeError('two is too many');
        }
        return n;
      })
      .sinkTo(new DiscardingSink());

    await assert.rejects(env.execute(), (error: Error) => {
      assert.match(JSON.stringify(causes(error)), /two is too many/);
      return true;
    });
  });

  it('gives each record once although it fails between two checkpoints', async () => {
    const env = environment({
      'restart-strategy.type': 'fixed-delay',
      'restart-strategy.fixed-delay.delay': '0 ms',
      'execution.checkpointing.interval': '10 ms',
    });
    let failures = 0;
    const source = new DataGeneratorSource((index) => index, 35, {
      rateLimiterStrategy: RateLimiterStrategy.perCheckpoint(10), // So 25 comes after a checkpoint.
    });

    const numbers = await env
      .fromSource(source, WatermarkStrategy.noWatermarks<number>(), 'numbers', Types.LONG)
      .map((n) => {
        if (n === 25 && failures === 0) {
          failures += 1;
          throw new Error('planted');
        }
        return n;
      })
      .executeAndCollect();

    assert.equal(failures, 1);
    assert.deepEqual(
      numbers,
      Array.from({ length: 35 }, (_, n) => n),
    );
  });

  it('leaves the environment empty and ready for another', async () => {
    const env = environment();
    env.fromData([1]).sinkTo(new DiscardingSink());
    await env.execute('first');

    assert.equal(env.getStreamGraph().nodes.length, 0);
    assert.deepEqual(await env.fromData([2]).executeAndCollect(), [2]);
  });
});

function causes(error: unknown): string[] {
  return error instanceof Error ? [error.message, ...causes(error.cause)] : [];
}
