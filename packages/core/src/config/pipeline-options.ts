/** How the program becomes a graph of tasks. Flink: PipelineOptions. */
import type { ConfigOption } from './config-option.ts';
import {
  boolOption,
  durationOption,
  intOption,
  mapOption,
  stringOption,
} from './option-builders.ts';

export const NAME: ConfigOption<string | undefined> = stringOption({
  key: 'pipeline.name',
  description: 'The name of the job.',
});

export const MAX_PARALLELISM: ConfigOption<number> = intOption({
  key: 'pipeline.max-parallelism',
  defaultValue: -1,
  min: -1,
  max: 32_768,
  description:
    'How many key groups keyed state has, fixed for its life; -1 derives it from the parallelism.',
});

export const OBJECT_REUSE: ConfigOption<boolean> = boolOption({
  key: 'pipeline.object-reuse',
  defaultValue: false,
  description:
    'Whether records are handed on without any copy, also between tasks: a function must then neither change an object that it was given or has emitted, nor emit it again; off, whoever keeps a record has its own.',
});

export const GLOBAL_JOB_PARAMETERS: ConfigOption<Readonly<Record<string, string>>> = mapOption({
  key: 'pipeline.global-job-parameters',
  defaultValue: {},
  description: 'What the program wants all its functions to see, as key:value,key:value.',
});

export const OPERATOR_CHAINING: ConfigOption<boolean> = boolOption({
  key: 'pipeline.operator-chaining.enabled',
  defaultValue: true,
  deprecatedKeys: ['pipeline.operator-chaining'],
  description: 'Whether operators that are connected one to one run in one task.',
});

export const OPERATOR_CHAINING_CHAIN_OPERATORS_WITH_DIFFERENT_MAX_PARALLELISM: ConfigOption<boolean> =
  boolOption({
    key: 'pipeline.operator-chaining.chain-operators-with-different-max-parallelism',
    defaultValue: true,
    description: 'Whether operators are chained although their max parallelisms differ.',
  });

export const AUTO_WATERMARK_INTERVAL: ConfigOption<number> = durationOption({
  key: 'pipeline.auto-watermark-interval',
  defaultValue: 200,
  description: 'How often periodic watermark generators are asked; 0 means never.',
});

export const AUTO_GENERATE_UIDS: ConfigOption<boolean> = boolOption({
  key: 'pipeline.auto-generate-uids',
  defaultValue: true,
  description: 'Whether an operator without a uid gets one from its place in the graph.',
});

export const ALLOW_UNALIGNED_SOURCE_SPLITS: ConfigOption<boolean> = boolOption({
  key: 'pipeline.watermark-alignment.allow-unaligned-source-splits',
  defaultValue: false,
  description:
    'Whether watermark alignment accepts sources that cannot pause single splits, whose splits may then drift apart.',
});

export const SLIDING_WINDOW_SLICES: ConfigOption<boolean> = boolOption({
  key: 'pipeline.sliding-window-slices',
  defaultValue: true,
  description:
    'Whether overlapping sliding windows share their records in slices, which Flink cannot read in a snapshot.',
});
