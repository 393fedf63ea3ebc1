import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NumberSequenceSource, PipelineOptions, WatermarkStrategy } from '@millrace/core';
import { StreamExecutionEnvironment } from './stream-execution-environment.ts';

const aligned = WatermarkStrategy.forMonotonousTimestamps<number>().withWatermarkAlignment(
  'group',
  '10 s',
);

describe('watermark alignment in a program', () => {
  it('goes with the source to its coordinator', () => {
    const env = StreamExecutionEnvironment.createLocalEnvironment();
    env.fromSource(new NumberSequenceSource(1, 2), aligned, 'numbers').print();

    const [source] = env.getStreamGraph().nodes;

    assert.ok(source?.factory.kind === 'source');
    assert.equal(source.factory.watermarkAlignment, aligned.alignmentParameters);
  });

  it('is refused in the middle of a stream, where nothing can be held back', () => {
    const env = StreamExecutionEnvironment.createLocalEnvironment();

    assert.throws(() => env.fromData([1]).assignTimestampsAndWatermarks(aligned), {
      code: 'UNSUPPORTED',
      message: /group 'group'.*fromSource/,
    });
  });

  it('refuses sources that cannot pause splits unless the configuration allows them', () => {
    const env = StreamExecutionEnvironment.createLocalEnvironment();

    assert.equal(env.configuration.get(PipelineOptions.ALLOW_UNALIGNED_SOURCE_SPLITS), false);
    assert.equal(
      PipelineOptions.ALLOW_UNALIGNED_SOURCE_SPLITS.key,
      'pipeline.watermark-alignment.allow-unaligned-source-splits',
    );
  });
});
