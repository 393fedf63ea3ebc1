/**
 * One JSON text a line. Lines of white space alone are passed over.
 *
 * Flink: JsonFormat over TextLineInputFormat.
 */
import { errorMessage } from '@millrace/core';
import { isGzip } from './byte-stream.ts';
import type { StreamFormat } from './file-format.ts';
import { forEachLine } from './text-line-format.ts';
import {
  excerptOf,
  MalformedRecord,
  type RecordDecoder,
  TextRecordReader,
} from './text-record-reader.ts';

/** `T` is what the program expects; it is not checked. */
export function jsonLinesFormat<T = unknown>(): StreamFormat<T> {
  return {
    kind: 'record-stream',
    isSplittable: (path) => !isGzip(path),
    open: async (request) => new TextRecordReader<T>(request, new JsonLineDecoder<T>(), 0),
  };
}

class JsonLineDecoder<T> implements RecordDecoder<T> {
  scan(piece: Buffer): number {
    return piece.lastIndexOf(0x0a) + 1;
  }

  decode(bytes: Buffer, into: T[]): void {
    forEachLine(bytes.toString('utf8'), (line, index) => {
      if (line.trim() === '') {
        return;
      }
      try {
        into.push(JSON.parse(line) as T);
      } catch (cause) {
        const reason = `not a JSON text (${errorMessage(cause)})`;
        throw new MalformedRecord(index, excerptOf(line), reason, { cause });
      }
    });
  }
}
