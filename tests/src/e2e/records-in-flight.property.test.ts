import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { keyGroupForKeyHash, operatorIndexForKeyGroup, type StreamElement } from '@millrace/core';
import fc from 'fast-check';
import {
  DataGeneratorSource,
  type KeyedProcessContext,
  KeyedProcessFunction,
  StreamExecutionEnvironment,
  Types,
  WatermarkStrategy,
} from 'millrace';
import { heldAfter } from '../interop/interop-program.ts';
import { until } from '../interop/retained-checkpoint.ts';
import {
  type ChannelHeld,
  type Ends,
  MAX_PARALLELISM,
  PAIR,
  type Pair,
  writeInFlightSnapshot,
} from './in-flight-snapshot.ts';

const RUNS = 40;
const folder = mkdtempSync(join(tmpdir(), 'millrace-in-flight-'));
let snapshots = 0;

after(() => rmSync(folder, { recursive: true }));

/** What one subtask sent: a record so far ahead of the watermark, or the watermark so much later. */
type Step = { readonly key: string; readonly ahead: number } | { readonly later: number };

interface Case {
  /** One list for each subtask that sends. */
  readonly sent: readonly (readonly Step[])[];
  readonly seen: number;
  readonly now: Ends;
  readonly arrivedBytes: readonly number[];
  readonly bufferBytes: number;
  /** Of each subtask that sends: it had become idle. */
  readonly idle: readonly boolean[];
}

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      key: fc.string({ maxLength: 3 }),
      ahead: fc.integer({ min: 1, max: 50 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ later: fc.integer({ min: 1, max: 60 }) }) },
);
const parallelism = fc.integer({ min: 1, max: 4 });
const caseOf: fc.Arbitrary<Case> = fc.record({
  sent: fc.array(fc.array(step, { maxLength: 25 }), { minLength: 1, maxLength: 3 }),
  seen: parallelism,
  now: fc.record({ spread: parallelism, seen: parallelism }),
  arrivedBytes: fc.array(fc.nat(400), { minLength: 12, maxLength: 12 }),
  bufferBytes: fc.integer({ min: 1, max: 90 }),
  idle: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
});

function ownerOf(key: string, seen: number): number {
  const keyGroup = keyGroupForKeyHash(
    Types.STRING.createSerializer().hashCode(key),
    MAX_PARALLELISM,
  );
  return operatorIndexForKeyGroup(keyGroup, { parallelism: seen, maxParallelism: MAX_PARALLELISM });
}

function timestampsOf(steps: readonly Step[]): {
  pairs: Pair[];
  watermark: number;
  elements: StreamElement<Pair>[];
} {
  let watermark = 0;
  const pairs: Pair[] = [];
  const elements: StreamElement<Pair>[] = steps.map((each) => {
    if ('later' in each) {
      watermark += each.later;
      return { kind: 'watermark', timestamp: watermark };
    }
    const pair: Pair = [each.key, watermark + each.ahead];
    pairs.push(pair);
    return { kind: 'record', value: pair, timestamp: pair[1] };
  });
  return { pairs, watermark: watermark === 0 ? -Infinity : watermark, elements };
}

const BECOMES_IDLE: StreamElement<Pair> = { kind: 'watermark-status', isIdle: true };

function channelsOf({ sent, seen, arrivedBytes, bufferBytes, idle }: Case): ChannelHeld[] {
  return sent.flatMap((steps, from) =>
    Array.from({ length: seen }, (_, to) => ({
      from,
      to,
      elements: [
        ...timestampsOf(steps).elements.filter(
          (each) => each.kind !== 'record' || ownerOf(each.value[0], seen) === to,
        ),
        ...(idle[from] ? [BECOMES_IDLE] : []),
      ],
      arrivedBytes: arrivedBytes[from * seen + to] ?? 0,
      bufferBytes,
    })),
  );
}

/** What the receiving tasks did, in order. */
class Seen {
  readonly pairs: Pair[] = [];
  readonly fired: Pair[] = [];
}

function program(
  ends: Ends,
  path: string,
  seen: Seen,
  onPair: () => void = () => {},
): StreamExecutionEnvironment {
  class See extends KeyedProcessFunction<string, Pair, never> {
    override processElement(pair: Pair, context: KeyedProcessContext<string>): void {
      assert.equal(context.timestamp(), pair[1]);
      onPair();
      seen.pairs.push(pair);
      context.timerService().registerEventTimeTimer(pair[1]);
    }

    override onTimer(timestamp: number, context: KeyedProcessContext<string>): void {
      seen.fired.push([context.currentKey, timestamp]);
    }
  }
  const env = StreamExecutionEnvironment.createLocalEnvironment({
    'execution.state-recovery.path': path,
    'restart-strategy.type': 'fixed-delay',
    'restart-strategy.fixed-delay.attempts': '1',
    'restart-strategy.fixed-delay.delay': '0 ms',
  });
  env.setMaxParallelism(MAX_PARALLELISM);
  const none = new DataGeneratorSource((n): Pair => ['none', n], 1, {
    rateLimiterStrategy: heldAfter(0),
  });
  env
    .fromSource(none, WatermarkStrategy.noWatermarks<Pair>(), 'numbers', PAIR)
    .uid('numbers')
    .setParallelism(1)
    .rebalance()
    .map((pair) => pair, PAIR)
    .uid('spread')
    .setParallelism(ends.spread)
    .keyBy(([key]) => key, Types.STRING)
    .process(() => new See())
    .uid('seen')
    .setParallelism(ends.seen);
  return env;
}

function snapshotOf(each: Case, upstreamEnded: boolean): string {
  const path = join(folder, `chk-${++snapshots}`);
  const ends = { spread: each.sent.length, seen: each.seen };
  writeInFlightSnapshot(path, { ends, channels: channelsOf(each), upstreamEnded });
  return path;
}

const sorted = (pairs: readonly Pair[]): string[] =>
  pairs.map((pair) => JSON.stringify(pair)).sort();
const distinct = (pairs: readonly Pair[]): string[] => [...new Set(sorted(pairs))];

/** The order of each key, as one subtask sent it. */
function assertOrderKept(found: readonly Pair[], sent: readonly (readonly Pair[])[]): void {
  if (sent.length === 1) {
    for (const key of new Set(found.map(([each]) => each))) {
      const ofKey = (pairs: readonly Pair[]) => pairs.filter(([each]) => each === key);
      assert.deepEqual(ofKey(found), ofKey(sent[0]!));
    }
  }
}

describe('any records in flight', () => {
  it('are all processed once at any parallelism, in order and on time', async () => {
    await fc.assert(
      fc.asyncProperty(caseOf, async (each) => {
        const all = each.sent.map(timestampsOf);
        const pairs = all.flatMap((one) => one.pairs);
        const watermark = Math.min(...all.map((one) => one.watermark));
        const seen = new Seen();

        const job = await program(
          each.now,
          snapshotOf({ ...each, idle: [] }, false),
          seen,
        ).executeAsync('in flight');
        const ended = job.jobExecutionResult().catch(() => {});
        const reached = () => job.details().vertices.at(-1)?.currentInputWatermark ?? -Infinity;
        await until(job, () => seen.pairs.length >= pairs.length && reached() >= watermark);
        await job.cancel();
        await ended;

        assert.deepEqual(sorted(seen.pairs), sorted(pairs));
        assertOrderKept(
          seen.pairs,
          all.map((one) => one.pairs),
        );
        const due = pairs.filter(([, timestamp]) => timestamp <= watermark);
        assert.deepEqual(sorted(seen.fired), distinct(due));
      }),
      { numRuns: RUNS },
    );
  });

  it('are processed before the end of tasks that had ended when they were in flight', async () => {
    await fc.assert(
      fc.asyncProperty(caseOf, async (each) => {
        const pairs = each.sent.flatMap((steps) => timestampsOf(steps).pairs);
        const seen = new Seen();

        await program(each.now, snapshotOf(each, true), seen).execute('in flight');

        assert.deepEqual(sorted(seen.pairs), sorted(pairs));
        assert.deepEqual(sorted(seen.fired), distinct(pairs));
      }),
      { numRuns: RUNS },
    );
  });

  it('are in flight again when the job restarts before it has taken a checkpoint', async () => {
    const keys = ['a', 'b', 'c', 'd', 'e'];
    const each: Case = {
      sent: [keys.map((key) => ({ key, ahead: 1 }))],
      seen: 2,
      now: { spread: 1, seen: 2 },
      arrivedBytes: [30, 5],
      bufferBytes: 16,
      idle: [],
    };
    const seen = new Seen();
    let failed = false;
    const failAtThird = (): void => {
      if (seen.pairs.length === 2 && !failed) {
        failed = true;
        seen.pairs.length = 0;
        throw new Error('the third fails once');
      }
    };

    const env = program(each.now, snapshotOf(each, true), seen, failAtThird);
    await env.execute('in flight');

    assert.ok(failed);
    assert.deepEqual(
      sorted(seen.pairs),
      keys.map((key) => JSON.stringify([key, 1])),
    );
  });
});
