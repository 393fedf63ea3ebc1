import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MAX_TIMESTAMP, WatermarkStrategy } from '@millrace/core';
import { openSource } from './scripted-source.ts';

/** A watermark at each record. */
const punctuated = WatermarkStrategy.forGenerator<string>(() => ({
  onEvent: (_event, timestamp, output) => output.emitWatermark(timestamp),
  onPeriodicEmit: () => {},
}));
const aligned = punctuated.withWatermarkAlignment('group', 100, 50);

/** False while the source waits for alignment. */
async function isAvailable(harness: Awaited<ReturnType<typeof openSource>>['harness']) {
  let available = false;
  harness.operator.isInputAvailable().then(() => {
    available = true;
  });
  await harness.settle();
  return available;
}

describe('an aligned source', () => {
  it('reports its watermark each interval, and nothing before the first', async () => {
    const { harness, emit, reports } = await openSource(aligned);

    harness.setProcessingTime(60);
    const before = [...reports];
    emit('s1', { record: 'a', time: 7 });
    harness.setProcessingTime(110);
    harness.setProcessingTime(170);

    assert.deepEqual(before, []);
    assert.deepEqual(reports, [7, 7]);
  });

  it('reports the end of time while it is idle, so it holds nobody back, and at its end', async () => {
    const { harness, emit, reports } = await openSource(aligned.withIdleness(200));
    emit('s1', { record: 'a', time: 7 });
    harness.setProcessingTime(1000);
    const whileIdle = reports.at(-1);

    emit('s1', { record: 'b', time: 9 });
    harness.setProcessingTime(1060);
    const whenActive = reports.at(-1);
    harness.operator.handleNoMoreSplits();
    harness.operator.emitNext(1);

    assert.deepEqual([whileIdle, whenActive, reports.at(-1)], [MAX_TIMESTAMP, 9, MAX_TIMESTAMP]);
  });

  it('pauses at the first record that is beyond what was announced, and goes on when it is not', async () => {
    const { source, harness } = await openSource(aligned);
    harness.operator.handleWatermarkAlignment(10);
    for (const time of [5, 10, 11, 12]) {
      source.pending.push({ split: 's1', event: { record: `${time}`, time } });
    }

    const status = harness.operator.emitNext(100);
    const whilePaused = [...harness.values];
    const wasAvailable = await isAvailable(harness);
    harness.operator.handleWatermarkAlignment(11);
    const isAvailableNow = await isAvailable(harness);
    harness.operator.emitNext(100);

    assert.equal(status, 'nothing-available');
    assert.deepEqual(whilePaused, ['5', '10', '11']);
    assert.deepEqual([wasAvailable, isAvailableNow], [false, true]);
    assert.deepEqual(harness.values, ['5', '10', '11', '12']);
  });

  it('does not become idle while it is paused', async () => {
    const { harness, emit } = await openSource(aligned.withIdleness(500));
    harness.operator.handleWatermarkAlignment(10);
    emit('s1', { record: 'a', time: 20 });

    harness.setProcessingTime(5000);

    assert.deepEqual(harness.statuses, []);
  });

  it('pauses single splits, of several, that are beyond what was announced', async () => {
    const { source, harness, emit } = await openSource(aligned);
    emit('s1', { record: 'a', time: 1 });
    emit('s2', { record: 'b', time: 2 });
    harness.operator.handleWatermarkAlignment(10);

    emit('s1', { record: 'c', time: 50 });
    emit('s1', { record: 'd', time: 51 });
    emit('s2', { record: 'e', time: 3 });
    const whilePaused = [...harness.values];
    harness.operator.handleWatermarkAlignment(60);
    harness.operator.emitNext(100);

    assert.deepEqual(whilePaused, ['a', 'b', 'c', 'e']);
    assert.deepEqual(harness.values, ['a', 'b', 'c', 'e', 'd']);
    assert.deepEqual(
      source.calls.filter((call) => call.startsWith('pause')),
      ['pause [s1] resume []', 'pause [] resume [s1]'],
    );
  });

  it('pauses splits that an announcement leaves behind', async () => {
    const { source, harness, emit } = await openSource(aligned);
    emit('s1', { record: 'a', time: 50 });
    emit('s2', { record: 'b', time: 2 });

    harness.operator.handleWatermarkAlignment(10);
    harness.operator.handleWatermarkAlignment(20);

    assert.deepEqual(
      source.calls.filter((call) => call.startsWith('pause')),
      ['pause [s1] resume []'],
    );
  });

  it('with a single split pauses as a whole, so its reader need not pause splits', async () => {
    const { source, harness, emit } = await openSource(aligned);
    source.pauseOrResumeSplits = undefined as never;
    harness.operator.handleWatermarkAlignment(10);

    emit('s1', { record: 'a', time: 50 });

    assert.equal(await isAvailable(harness), false);
  });

  it('with several splits that its reader cannot pause fails', async () => {
    const { source, harness, emit } = await openSource(aligned);
    source.pauseOrResumeSplits = undefined as never;
    emit('s1', { record: 'a', time: 1 });
    emit('s2', { record: 'b', time: 2 });
    harness.operator.handleWatermarkAlignment(10);

    assert.throws(() => emit('s1', { record: 'c', time: 50 }), {
      code: 'UNSUPPORTED',
      message: /has 2 splits.*'s1'.*pipeline\.watermark-alignment\.allow-unaligned-source-splits/,
    });
  });

  it('may have splits that its reader cannot pause where the configuration allows it', async () => {
    const { source, harness, emit } = await openSource(aligned, {
      allowUnalignedSourceSplits: true,
    });
    source.pauseOrResumeSplits = undefined as never;
    emit('s1', { record: 'a', time: 1 });
    emit('s2', { record: 'b', time: 2 });
    harness.operator.handleWatermarkAlignment(10);

    emit('s1', { record: 'c', time: 50 });
    emit('s1', { record: 'd', time: 51 });

    assert.deepEqual(harness.values, ['a', 'b', 'c', 'd']);
  });

  it('forgets a split that has ended', async () => {
    const { source, harness, emit } = await openSource(aligned);
    emit('s1', { record: 'a', time: 50 });
    emit('s2', { record: 'b', time: 2 });
    emit('s1', { end: true });

    harness.operator.handleWatermarkAlignment(10);

    assert.deepEqual(
      source.calls.filter((call) => call.startsWith('pause')),
      [],
    );
  });
});

describe('a source that is not aligned', () => {
  it('reports nothing', async () => {
    const { harness, emit, reports } = await openSource(punctuated);
    emit('s1', { record: 'a', time: 7 });

    harness.setProcessingTime(10_000);
    harness.operator.handleNoMoreSplits();
    harness.operator.emitNext(1);

    assert.deepEqual(reports, []);
  });
});
