/** The DataStream API: what a program is written with. */

export * from './all-windowed-stream.ts';
export * from './async-data-stream.ts';
export * from './broadcast-stream.ts';
export * from './checkpoint-config.ts';
export * from './co-grouped-streams.ts';
export * from './collect.ts';
export * from './connected-streams.ts';
export * from './data-stream.ts';
export * from './data-stream-sink.ts';
export * from './data-stream-source.ts';
export * from './execution-config.ts';
export * from './field-aggregations.ts';
export * from './interval-join.ts';
export * from './job-listener.ts';
export * from './joined-streams.ts';
export * from './keyed-stream.ts';
export type {
  KeyedInput,
  OneInputOperatorOptions,
  TwoInputOperatorOptions,
} from './operator-options.ts';
export * from './queryable-state-stream.ts';
export * from './reinterpret-as-keyed-stream.ts';
export * from './slot-sharing-group.ts';
export * from './stream-execution-environment.ts';
export * from './stream-graph-generator.ts';
export * from './transformations.ts';
export * from './windowed-records.ts';
export * from './windowed-stream.ts';
