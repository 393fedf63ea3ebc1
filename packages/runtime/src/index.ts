/** Runs a job. Rooms: see ARCHITECTURE.md. */
export * from './checkpoint/checkpoint-options.ts';
export * from './graph/job-graph.ts';
export * from './graph/stream-partitioner.ts';
export * from './operators/output.ts';
export * from './operators/source-operator-contract.ts';
export * from './operators/stream-operator.ts';
