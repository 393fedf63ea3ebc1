/** Files as source and sink. Guide: docs/guide/files.md */

// Reading.

export { FileSource } from './source/file-source.ts';
export type { FileSourceEnumeratorState } from './source/file-source-enumerator.ts';
export type { FileSourcePosition, FileSourceSplit } from './source/file-source-split.ts';

// Formats.

export type { CsvColumnType } from './format/csv-column-type.ts';
export { type CsvFormatOptions, csvFormat } from './format/csv-format.ts';
export { jsonLinesFormat } from './format/json-lines-format.ts';
export {
  type ParquetFormatOptions,
  type ParquetRow,
  parquetFormat,
} from './format/parquet-format.ts';
export type { ParquetTimestamps } from './format/parquet-values.ts';
export { textLineFormat } from './format/text-line-format.ts';

// What a format of one's own must be.

export type {
  BulkFormat,
  FileReadRequest,
  FileRecordReader,
  RecordBatch,
  StreamFormat,
} from './format/file-format.ts';

// Writing.

export { FileSink, type FileSinkOptions } from './sink/file-sink.ts';
export type { FileSinkCommittable, FileSinkWriterState } from './sink/file-sink-state.ts';

// Encoders.

export {
  type CsvEncoderOptions,
  csvEncoder,
  jsonLinesEncoder,
  type RowEncoder,
  stringEncoder,
} from './sink/row-encoder.ts';

// Folders and names of the parts, and when a part is finished.

export {
  type BucketAssigner,
  type BucketAssignerContext,
  basePathBucketAssigner,
  type DateTimeBucketOptions,
  dateTimeBucketAssigner,
} from './sink/bucket-assigner.ts';
export type { OutputFileConfig } from './sink/part-name.ts';
export type { RollingPolicy } from './sink/rolling-policy.ts';
