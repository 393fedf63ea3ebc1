/** The DataStream API: what a program is written with. */

export * from './async-data-stream.ts';
export * from './checkpoint-config.ts';
export * from './collect.ts';
export * from './data-stream.ts';
export * from './data-stream-sink.ts';
export * from './data-stream-source.ts';
export * from './keyed-stream.ts';
export * from './stream-execution-environment.ts';
export * from './stream-graph-generator.ts';
export * from './transformations.ts';
export * from './windowed-stream.ts';
