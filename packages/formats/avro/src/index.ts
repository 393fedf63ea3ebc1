/** Avro types in Flink's own encoding of them. */

export * from './avro-schema.ts';
export * from './avro-serializer.ts';
