import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BenchHarness } from './harness.ts';

function quietHarness(options: { smoke: boolean }): { harness: BenchHarness; lines: string[] } {
  const lines: string[] = [];
  return { harness: new BenchHarness({ ...options, print: (line) => lines.push(line) }), lines };
}

function sumTo(count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i += 1) {
    sum += i % 7;
  }
  return sum;
}

describe('bench harness', () => {
  it('gives the baseline the ratio 1 and prints a checksum for each variant', async () => {
    const { harness, lines } = quietHarness({ smoke: true });

    await harness.compare('sum', {
      baseline: 'loop',
      operations: 1000,
      variants: { loop: { run: () => sumTo(1000) }, later: { run: async () => sumTo(1000) } },
    });

    const [loop, later] = harness.comparisons[0]!.variants;
    assert.equal(loop!.ratio, 1);
    assert.equal(later!.ratio, later!.medianNs / loop!.medianNs);
    assert.equal(lines.filter((line) => line.includes(`checksum ${sumTo(1000)}`)).length, 2);
  });

  it('lets the variants take turns, each turn starting with another one', async () => {
    const order: string[] = [];
    const { harness } = quietHarness({ smoke: false });
    const variant = (name: string) => ({
      run: () => {
        order.push(name);
        return 1;
      },
    });

    await harness.compare('order', {
      baseline: 'a',
      operations: 1,
      turns: 2,
      variants: { a: variant('a'), b: variant('b') },
    });

    // One untimed run and three timed ones a turn.
    assert.equal(order.join(''), `${'aaaa'}${'bbbb'}${'bbbb'}${'aaaa'}`);
    assert.equal(harness.comparisons[0]!.variants[0]!.runCount, 6);
  });

  it('sets a variant up before each run', async () => {
    const { harness } = quietHarness({ smoke: false });
    let items: number[] = [];
    const variant = {
      setUp: () => {
        items = [];
      },
      run: () => items.push(1),
    };

    await harness.compare('push', { baseline: 'push', operations: 1, variants: { push: variant } });

    assert.equal(harness.comparisons[0]!.variants[0]!.checksum, 1);
  });

  it('fails when a variant gives another checksum than the baseline', async () => {
    const { harness } = quietHarness({ smoke: true });
    const variants = { honest: { run: () => 1 }, lazy: { run: () => 0 } };

    const compared = harness.compare('work', { baseline: 'honest', operations: 1, variants });

    await assert.rejects(compared, /work: lazy gave checksum 0, honest gave 1; make them do/);
  });

  it('fails when a variant does other work in its second run', async () => {
    const { harness } = quietHarness({ smoke: true });
    let runs = 0;
    const variants = { drifting: { run: () => ++runs } };

    const compared = harness.compare('drift', { baseline: 'drifting', operations: 1, variants });

    await assert.rejects(compared, /drifting gave checksum 1, then 2; .* reset its state in setUp/);
  });

  it('fails when the baseline is not one of the variants', async () => {
    const { harness } = quietHarness({ smoke: true });

    const compared = harness.compare('x', { baseline: 'b', operations: 1, variants: {} });

    await assert.rejects(compared, /the baseline b is not one of the variants/);
  });

  it('takes the small size in smoke mode', () => {
    assert.equal(quietHarness({ smoke: true }).harness.size(500_000, 100), 100);
    assert.equal(quietHarness({ smoke: false }).harness.size(500_000, 100), 500_000);
  });
});
