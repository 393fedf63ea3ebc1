/** Files as source and sink. Guide: docs/guide/files.md */

export * from './format/csv-column-type.ts';
export * from './format/csv-format.ts';
export type { BulkFormat, StreamFormat } from './format/file-format.ts';
export * from './format/json-lines-format.ts';
export * from './format/parquet-format.ts';
export type { ParquetTimestamps } from './format/parquet-values.ts';
export * from './format/text-line-format.ts';
export * from './sink/bucket-assigner.ts';
export * from './sink/file-sink.ts';
export type { FileSinkCommittable, FileSinkWriterState } from './sink/file-sink-state.ts';
export type { DirectoryEntry, PartFiles } from './sink/part-files.ts';
export { LocalPartFiles } from './sink/part-files.ts';
export type { OutputFileConfig } from './sink/part-name.ts';
export type { RollingPolicy } from './sink/rolling-policy.ts';
export * from './sink/row-encoder.ts';
export * from './source/file-source.ts';
export type { FileSourceEnumeratorState } from './source/file-source-enumerator.ts';
export type { FileSourcePosition, FileSourceSplit } from './source/file-source-split.ts';
