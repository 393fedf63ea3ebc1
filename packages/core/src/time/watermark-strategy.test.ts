import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GenericMetricGroup } from '../metrics/generic-metric-group.ts';
import { PausableRelativeClock } from './pausable-relative-clock.ts';
import type { WatermarkGeneratorContext } from './watermark-generator.ts';
import {
  createTimestampAssigner,
  createWatermarkGenerator,
  WatermarkStrategy,
} from './watermark-strategy.ts';

const CONTEXT: WatermarkGeneratorContext = {
  metricGroup: new GenericMetricGroup('operator'),
  inputActivityClock: { now: () => 0 },
};

class Recorder {
  readonly events: (number | 'idle' | 'active')[] = [];

  emitWatermark(watermark: number): void {
    this.events.push(watermark);
  }

  markIdle(): void {
    this.events.push('idle');
  }

  markActive(): void {
    this.events.push('active');
  }
}

describe('watermark strategies', () => {
  it('bounded out-of-orderness emits the largest timestamp minus the bound minus 1', () => {
    const output = new Recorder();
    const generator =
      WatermarkStrategy.forBoundedOutOfOrderness('1 s').createWatermarkGenerator(CONTEXT);

    generator.onEvent('a', 5000, output);
    generator.onEvent('b', 3000, output);
    generator.onPeriodicEmit(output);

    assert.deepEqual(output.events, [3999]);
  });

  it('bounded out-of-orderness gives no real watermark before the first record', () => {
    const output = new Recorder();
    const generator =
      WatermarkStrategy.forBoundedOutOfOrderness(10).createWatermarkGenerator(CONTEXT);

    generator.onPeriodicEmit(output);

    assert.deepEqual(output.events, [Number.NEGATIVE_INFINITY]);
  });

  it('monotonous timestamps are bounded out-of-orderness of 0', () => {
    const output = new Recorder();
    const generator = WatermarkStrategy.forMonotonousTimestamps().createWatermarkGenerator(CONTEXT);

    generator.onEvent('a', 5000, output);
    generator.onPeriodicEmit(output);

    assert.deepEqual(output.events, [4999]);
  });

  it('no watermarks means none, ever', () => {
    const output = new Recorder();
    const generator = WatermarkStrategy.noWatermarks().createWatermarkGenerator(CONTEXT);

    generator.onEvent('a', 5000, output);
    generator.onPeriodicEmit(output);

    assert.deepEqual(output.events, []);
  });

  it('gives each subtask a generator of its own', () => {
    const strategy = WatermarkStrategy.forMonotonousTimestamps();

    assert.notEqual(
      strategy.createWatermarkGenerator(CONTEXT),
      strategy.createWatermarkGenerator(CONTEXT),
    );
  });

  it('keeps what was set before when another part is set', () => {
    const assigner = (): number => 7;
    const strategy = WatermarkStrategy.forBoundedOutOfOrderness(0)
      .withTimestampAssigner(assigner)
      .withIdleness('1 min');

    assert.equal(createTimestampAssigner(strategy, CONTEXT), assigner);
    assert.equal(strategy.idlenessMs, 60_000);
  });

  it('takes assigners as functions, as objects, and as what makes one for each subtask', () => {
    const contexts: unknown[] = [];
    const strategy = WatermarkStrategy.noWatermarks<number>();
    const assigned = [
      strategy.withTimestampAssigner((value, old) => value + old),
      strategy.withTimestampAssigner({ extractTimestamp: (value, old) => value + old }),
      strategy.withTimestampAssigner({
        createTimestampAssigner: (context) => {
          contexts.push(context);
          return (value, old) => value + old;
        },
      }),
    ].map((each) => createTimestampAssigner(each, CONTEXT)?.(5, 100));

    assert.deepEqual(assigned, [105, 105, 105]);
    assert.deepEqual(contexts, [CONTEXT]);
  });

  it('without an assigner keeps the timestamps of the source', () => {
    assert.equal(createTimestampAssigner(WatermarkStrategy.noWatermarks(), CONTEXT), undefined);
  });

  it('gives a custom generator its events and its metrics', () => {
    const output = new Recorder();
    const contexts: unknown[] = [];
    const strategy = WatermarkStrategy.forGenerator<string>((context) => {
      contexts.push(context);
      return {
        onEvent: (event, timestamp, out) => {
          if (event === 'punctuation') {
            out.emitWatermark(timestamp);
          }
        },
        onPeriodicEmit: (out) => out.markIdle(),
      };
    });
    const generator = createWatermarkGenerator(strategy, CONTEXT);

    generator.onEvent('a', 5, output);
    generator.onEvent('punctuation', 6, output);
    generator.onPeriodicEmit(output);

    assert.deepEqual(output.events, [6, 'idle']);
    assert.deepEqual(contexts, [CONTEXT]);
  });

  it('aligns a group of sources, by default each second', () => {
    const strategy = WatermarkStrategy.noWatermarks().withWatermarkAlignment('clicks', '20 s');

    assert.deepEqual(strategy.alignmentParameters, {
      watermarkGroup: 'clicks',
      maxAllowedWatermarkDriftMs: 20_000,
      updateIntervalMs: 1000,
    });
    assert.equal(
      strategy.withWatermarkAlignment('clicks', 5, '10 ms').alignmentParameters?.updateIntervalMs,
      10,
    );
  });

  it('refuses alignment without a group and with an interval of 0', () => {
    const strategy = WatermarkStrategy.noWatermarks();

    assert.throws(() => strategy.withWatermarkAlignment('', 5), { code: 'CONFIG_VALUE_INVALID' });
    assert.throws(() => strategy.withWatermarkAlignment('clicks', 5, 0), {
      code: 'CONFIG_VALUE_INVALID',
      message: /group 'clicks' is 0/,
    });
  });

  it('refuses a malformed bound where the strategy is made', () => {
    assert.throws(() => WatermarkStrategy.forBoundedOutOfOrderness(-1), {
      code: 'CONFIG_VALUE_INVALID',
      message: /maxOutOfOrderness of forBoundedOutOfOrderness is -1 ms/,
    });
  });

  it('refuses an idle timeout of 0', () => {
    assert.throws(() => WatermarkStrategy.noWatermarks().withIdleness(0), {
      code: 'CONFIG_VALUE_INVALID',
      message: /the idle timeout is 0/,
    });
  });
});

describe('idleness', () => {
  function idleAfter100(): {
    clock: { time: number; now(): number };
    output: Recorder;
    generator: ReturnType<typeof createWatermarkGenerator<string>>;
  } {
    const clock = { time: 0, now: () => clock.time };
    const strategy = WatermarkStrategy.forMonotonousTimestamps<string>().withIdleness(100);
    return {
      clock,
      output: new Recorder(),
      generator: createWatermarkGenerator(strategy, { ...CONTEXT, inputActivityClock: clock }),
    };
  }

  it('begins at the first emit that saw no record, and is told once', () => {
    const { clock, output, generator } = idleAfter100();
    generator.onEvent('a', 5, output);

    for (clock.time = 50; clock.time <= 350; clock.time += 50) {
      generator.onPeriodicEmit(output);
    }

    // Saw the record at 50; quiet from 100; 201 would be the first moment past 100 ms.
    assert.deepEqual(output.events, [4, 4, 4, 4, 'idle']);
  });

  it('an idle input emits no periodic watermarks', () => {
    const { clock, output, generator } = idleAfter100();
    generator.onPeriodicEmit(output);
    clock.time = 101;
    generator.onPeriodicEmit(output);

    generator.onPeriodicEmit(output);

    assert.deepEqual(output.events, [Number.NEGATIVE_INFINITY, 'idle']);
  });

  it('the next record wakes the generator; its watermark, not the record, ends the idleness', () => {
    const { clock, output, generator } = idleAfter100();
    generator.onPeriodicEmit(output);
    clock.time = 101;
    generator.onPeriodicEmit(output);

    generator.onEvent('b', 9, output);
    generator.onPeriodicEmit(output);

    assert.deepEqual(output.events, [Number.NEGATIVE_INFINITY, 'idle', 8]);
  });

  it('does not pass while the input is held back', () => {
    const time = { ms: 0, now: () => time.ms };
    const clock = new PausableRelativeClock(time);
    const strategy = WatermarkStrategy.forMonotonousTimestamps<string>().withIdleness(100);
    const output = new Recorder();
    const generator = createWatermarkGenerator(strategy, { ...CONTEXT, inputActivityClock: clock });
    generator.onPeriodicEmit(output);

    clock.pause();
    time.ms = 1000;
    generator.onPeriodicEmit(output);
    clock.unPause();
    time.ms = 1100;
    generator.onPeriodicEmit(output);
    const heldBack = output.events.includes('idle');
    time.ms = 1101;
    generator.onPeriodicEmit(output);

    assert.equal(heldBack, false);
    assert.equal(output.events.at(-1), 'idle');
  });
});

describe('a clock that is paused', () => {
  it('stands still until it was resumed as often as it was paused', () => {
    const time = { ms: 10, now: () => time.ms };
    const clock = new PausableRelativeClock(time);
    const at = (ms: number): number => {
      time.ms = ms;
      return clock.now();
    };

    clock.pause();
    const paused = at(20);
    clock.pause();
    clock.unPause();
    const pausedStill = at(30);
    clock.unPause();
    const resumed = at(35);

    assert.deepEqual([paused, pausedStill, resumed], [10, 10, 15]);
  });
});
