import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createWatermarkGenerator, WatermarkStrategy } from './watermark-strategy.ts';

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
    const generator = WatermarkStrategy.forBoundedOutOfOrderness('1 s').createWatermarkGenerator();

    generator.onEvent('a', 5000, output);
    generator.onEvent('b', 3000, output);
    generator.onPeriodicEmit(output);

    assert.deepEqual(output.events, [3999]);
  });

  it('bounded out-of-orderness gives no real watermark before the first record', () => {
    const output = new Recorder();
    const generator = WatermarkStrategy.forBoundedOutOfOrderness(10).createWatermarkGenerator();

    generator.onPeriodicEmit(output);

    assert.deepEqual(output.events, [Number.NEGATIVE_INFINITY]);
  });

  it('monotonous timestamps are bounded out-of-orderness of 0', () => {
    const output = new Recorder();
    const generator = WatermarkStrategy.forMonotonousTimestamps().createWatermarkGenerator();

    generator.onEvent('a', 5000, output);
    generator.onPeriodicEmit(output);

    assert.deepEqual(output.events, [4999]);
  });

  it('no watermarks means none, ever', () => {
    const output = new Recorder();
    const generator = WatermarkStrategy.noWatermarks().createWatermarkGenerator();

    generator.onEvent('a', 5000, output);
    generator.onPeriodicEmit(output);

    assert.deepEqual(output.events, []);
  });

  it('gives each subtask a generator of its own', () => {
    const strategy = WatermarkStrategy.forMonotonousTimestamps();

    assert.notEqual(strategy.createWatermarkGenerator(), strategy.createWatermarkGenerator());
  });

  it('keeps what was set before when another part is set', () => {
    const assigner = (): number => 7;
    const strategy = WatermarkStrategy.forBoundedOutOfOrderness(0)
      .withTimestampAssigner(assigner)
      .withIdleness('1 min');

    assert.equal(strategy.timestampAssigner, assigner);
    assert.equal(strategy.idlenessMs, 60_000);
  });

  it('refuses a malformed bound where the strategy is made', () => {
    assert.throws(() => WatermarkStrategy.forBoundedOutOfOrderness(-1), {
      code: 'CONFIG_VALUE_INVALID',
      message: /a duration of -1 ms/,
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
    return { clock, output: new Recorder(), generator: createWatermarkGenerator(strategy, clock) };
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

  it('the next record makes the input active again', () => {
    const { clock, output, generator } = idleAfter100();
    generator.onPeriodicEmit(output);
    clock.time = 101;
    generator.onPeriodicEmit(output);

    generator.onEvent('b', 9, output);
    generator.onPeriodicEmit(output);

    assert.deepEqual(output.events, [Number.NEGATIVE_INFINITY, 'idle', 'active', 8]);
  });
});
