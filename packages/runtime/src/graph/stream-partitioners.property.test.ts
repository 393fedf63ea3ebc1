import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  hashString,
  keyGroupForKeyHash,
  keyGroupRangeForOperatorIndex,
  type TypeInformation,
  Types,
} from '@millrace/core';
import fc from 'fast-check';
import { CustomPartitionerWrapper } from './custom-partitioner-wrapper.ts';
import { KeyGroupStreamPartitioner } from './key-group-stream-partitioner.ts';
import { ANY_TYPE, channelContext } from './stream-graph-fixture.ts';
import {
  ALL_CHANNELS,
  BroadcastPartitioner,
  ForwardPartitioner,
  GlobalPartitioner,
  pointwiseTargets,
  RebalancePartitioner,
  RescalePartitioner,
  ShufflePartitioner,
} from './stream-partitioners.ts';

/** Keys are their own hash, as Java's integers are. */
const INT_KEY = {
  ...ANY_TYPE,
  name: 'Integer',
  isKeyType: true,
  createSerializer: () => ({ hashCode: (value: number) => value }),
} as unknown as TypeInformation<number>;

const parallelism = fc.integer({ min: 1, max: 40 });

describe('every partitioner', () => {
  const partitioners = [
    new RebalancePartitioner(),
    new RescalePartitioner(),
    new ShufflePartitioner(),
    new GlobalPartitioner(),
    new KeyGroupStreamPartitioner((n: number) => n, INT_KEY),
    new CustomPartitionerWrapper(
      (key: number, n) => key % n,
      (n: number) => Math.abs(n),
    ),
  ];
  for (const partitioner of partitioners) {
    it(`${partitioner.kind} gives each record a channel that is there`, () => {
      const property = fc.property(
        parallelism,
        parallelism,
        fc.array(fc.integer(), { minLength: 1, maxLength: 60 }),
        (upstreamParallelism, downstreamParallelism, records) => {
          for (let upstreamSubtask = 0; upstreamSubtask < upstreamParallelism; upstreamSubtask++) {
            const selector = partitioner.createChannelSelector(
              channelContext({ upstreamSubtask, upstreamParallelism, downstreamParallelism }),
            );
            for (const record of records) {
              const channel = selector.selectChannel(record);
              assert.ok(Number.isInteger(channel) && channel >= 0);
              assert.ok(channel < downstreamParallelism);
            }
          }
        },
      );

      fc.assert(property, { numRuns: 30 });
    });
  }
});

describe('hash', () => {
  it('sends a key to the subtask whose key-group range has it', () => {
    const property = fc.property(
      fc.integer(),
      fc.integer({ min: 1, max: 500 }).chain((maxParallelism) =>
        fc.record({
          maxParallelism: fc.constant(maxParallelism),
          parallelism: fc.integer({ min: 1, max: maxParallelism }),
        }),
      ),
      (key, counts) => {
        const selector = new KeyGroupStreamPartitioner(
          (n: number) => n,
          INT_KEY,
        ).createChannelSelector(
          channelContext({
            downstreamParallelism: counts.parallelism,
            downstreamMaxParallelism: counts.maxParallelism,
          }),
        );

        const range = keyGroupRangeForOperatorIndex(selector.selectChannel(key), counts);

        assert.ok(range.contains(keyGroupForKeyHash(key, counts.maxParallelism)));
      },
    );

    fc.assert(property);
  });

  it('sends a text to the same subtask by its hash code, and has no such step for other types', () => {
    const context = channelContext({ downstreamParallelism: 3, downstreamMaxParallelism: 128 });
    const texts = new KeyGroupStreamPartitioner(
      (text: string) => text,
      Types.STRING,
    ).createChannelSelector(context);
    const numbers = new KeyGroupStreamPartitioner((n: number) => n, INT_KEY);

    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        assert.equal(texts.byText?.keyOf(text), text);
        assert.equal(texts.byText?.channelOf(hashString(text)), texts.selectChannel(text));
      }),
    );
    assert.equal(numbers.createChannelSelector(context).byText, undefined);
  });

  it('refuses a key type without a stable hash', () => {
    assert.throws(() => new KeyGroupStreamPartitioner((v: unknown) => v, ANY_TYPE), {
      code: 'KEY_TYPE_UNSUPPORTED',
      message: /^Any cannot be a key/,
    });
  });

  for (const missing of [undefined, null]) {
    it(`refuses the key ${missing}`, () => {
      const selector = new KeyGroupStreamPartitioner(
        () => missing as unknown as number,
        INT_KEY,
      ).createChannelSelector(channelContext({ downstreamParallelism: 2 }));

      assert.throws(() => selector.selectChannel(1), {
        code: 'KEY_UNDEFINED',
        message: new RegExp(`returned ${missing} for the record 1;`),
      });
    });
  }
});

const PLACE = "between the operators 'the sender' and 'the receiver'";

describe('a function that chooses where a record goes', () => {
  const cause = new RangeError('no such field');
  const failing = (): never => {
    throw cause;
  };
  const partitioners = {
    'key selector': new KeyGroupStreamPartitioner(failing, INT_KEY),
    partitioner: new CustomPartitionerWrapper(() => 0, failing),
  };
  for (const [what, partitioner] of Object.entries(partitioners)) {
    it(`is named when it throws, with the record and the cause (${what})`, () => {
      const selector = partitioner.createChannelSelector(
        channelContext({ downstreamParallelism: 2 }),
      );

      assert.throws(() => selector.selectChannel({ id: 7 }), {
        code: 'USER_FUNCTION_FAILED',
        message: new RegExp(
          `^the ${what} ${PLACE} threw for the record {"id":7}: RangeError: no such field`,
        ),
        cause,
      });
    });
  }

  it('is named too where it gives no key, or a promise', () => {
    const selectorOf = (key: unknown) =>
      new KeyGroupStreamPartitioner<string, unknown>(
        () => key,
        INT_KEY as never,
      ).createChannelSelector(channelContext({ downstreamParallelism: 2 }));

    assert.throws(() => selectorOf(undefined).selectChannel('x'), {
      code: 'KEY_UNDEFINED',
      message: new RegExp(`^the key selector ${PLACE} returned undefined for the record "x"; `),
    });
    assert.throws(() => selectorOf(Promise.resolve(1)).selectChannel('x'), {
      code: 'FUNCTION_IS_ASYNC',
      message: new RegExp(`^the key selector ${PLACE} gave a promise`),
    });
  });
});

describe('hash to a single subtask', () => {
  it('does not select the key, which the operator there does', () => {
    const selector = new KeyGroupStreamPartitioner((): number => {
      throw new Error('selected');
    }, INT_KEY).createChannelSelector(channelContext({ downstreamParallelism: 1 }));

    assert.equal(selector.selectChannel(1), 0);
  });
});

describe('rebalance', () => {
  it('goes round all channels in turn from a random first one', () => {
    const selector = new RebalancePartitioner().createChannelSelector(
      channelContext({ downstreamParallelism: 3, random: () => 0.5 }),
    );

    const channels = [1, 2, 3, 4].map(() => selector.selectChannel('x'));

    assert.deepEqual(channels, [1, 2, 0, 1]);
  });
});

describe('shuffle', () => {
  it('draws the channel of each record', () => {
    const draws = [0.9, 0, 0.5, 0.34, 0.99];
    const selector = new ShufflePartitioner().createChannelSelector(
      channelContext({ downstreamParallelism: 3, random: () => draws.shift()! }),
    );

    const channels = [1, 2, 3, 4, 5].map(() => selector.selectChannel('x'));

    assert.deepEqual(channels, [2, 0, 1, 1, 2]);
  });
});

describe('rescale', () => {
  it('gives every target a sender, every sender a target, and no target two of fewer senders', () => {
    const property = fc.property(parallelism, parallelism, (sources, targets) => {
      const senders = new Array<number>(targets).fill(0);
      for (let source = 0; source < sources; source++) {
        const { start, end } = pointwiseTargets(source, {
          upstreamParallelism: sources,
          downstreamParallelism: targets,
        });
        assert.ok(start < end);
        for (let target = start; target < end; target++) {
          senders[target]! += 1;
        }
      }

      assert.ok(senders.every((count) => count >= 1));
      assert.ok(sources > targets || senders.every((count) => count === 1));
    });

    fc.assert(property);
  });

  it('connects as Flink does: 2 to 4, 4 to 2, 3 to 2', () => {
    const targets = (sources: number, count: number): unknown =>
      Array.from({ length: sources }, (_, source) => {
        const range = { upstreamParallelism: sources, downstreamParallelism: count };
        const { start, end } = pointwiseTargets(source, range);
        return [start, end];
      });

    assert.deepEqual(targets(2, 4), [
      [0, 2],
      [2, 4],
    ]);
    assert.deepEqual(targets(4, 2), [
      [0, 1],
      [0, 1],
      [1, 2],
      [1, 2],
    ]);
    // Flink gives target 0 the sources [0, 1) and target 1 the sources [1, 3).
    assert.deepEqual(targets(3, 2), [
      [0, 1],
      [1, 2],
      [1, 2],
    ]);
  });
});

describe('the fixed ones', () => {
  it('send forward to the own index, global to 0, broadcast to all', () => {
    const context = channelContext({
      upstreamSubtask: 2,
      upstreamParallelism: 3,
      downstreamParallelism: 3,
    });
    const partitioners = [
      new ForwardPartitioner(),
      new GlobalPartitioner(),
      new BroadcastPartitioner(),
    ];

    const channels = partitioners.map((partitioner) =>
      partitioner.createChannelSelector(context).selectChannel('x'),
    );

    assert.deepEqual(channels, [2, 0, ALL_CHANNELS]);
  });
});

describe('custom', () => {
  for (const channel of [-1, 3, 0.5, Number.NaN]) {
    it(`refuses channel ${channel} of 3`, () => {
      const selector = new CustomPartitionerWrapper(
        () => channel,
        (v) => v,
      ).createChannelSelector(channelContext({ downstreamParallelism: 3 }));

      assert.throws(() => selector.selectChannel('x'), {
        code: 'USER_FUNCTION_FAILED',
        message:
          `the partitioner ${PLACE} chose channel ${channel}; ` +
          'return a whole number from 0 to 2',
      });
    });
  }
});
