/**
 * Lines of text, without their line ends (`\n` or `\r\n`). The last line needs no line end.
 *
 * Flink: TextLineInputFormat.
 */
import { TextDecoder } from 'node:util';
import { ConfigError } from '@millrace/core';
import { isGzip } from './byte-stream.ts';
import type { StreamFormat } from './file-format.ts';
import { type RecordDecoder, TextRecordReader } from './text-record-reader.ts';

/**
 * @param options.charset - a label that TextDecoder knows; utf-8 when left out
 * @throws ConfigError `CONFIG_VALUE_INVALID` for an unknown label and for UTF-16
 */
export function textLineFormat(options: { readonly charset?: string } = {}): StreamFormat<string> {
  const toText = textDecoder(options.charset ?? 'utf-8');
  return {
    kind: 'record-stream',
    isSplittable: (path) => !isGzip(path),
    open: async (request) => new TextRecordReader(request, new LineDecoder(toText), 0),
  };
}

class LineDecoder implements RecordDecoder<string> {
  private readonly toText: (bytes: Buffer) => string;

  constructor(toText: (bytes: Buffer) => string) {
    this.toText = toText;
  }

  scan(piece: Buffer): number {
    return piece.lastIndexOf(0x0a) + 1;
  }

  decode(bytes: Buffer, into: string[]): void {
    forEachLine(this.toText(bytes), (line) => into.push(line));
  }
}

/** Calls back with each line and its index. */
export function forEachLine(text: string, callback: (line: string, index: number) => void): void {
  let index = 0;
  for (let begin = 0; begin < text.length; index++) {
    let end = text.indexOf('\n', begin);
    end = end < 0 ? text.length : end;
    const last = end > begin && text.charCodeAt(end - 1) === 0x0d ? end - 1 : end;
    callback(text.slice(begin, last), index);
    begin = end + 1;
  }
}

function textDecoder(charset: string): (bytes: Buffer) => string {
  let decoder: TextDecoder;
  try {
    decoder = new TextDecoder(charset, { ignoreBOM: true });
  } catch (cause) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `charset is '${charset}'; use a label of the Encoding Standard, such as utf-8`,
      { cause },
    );
  }
  if (decoder.encoding.startsWith('utf-16')) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `charset is '${charset}', in which a line end is not one byte; convert the files to utf-8`,
    );
  }
  // Buffer's own decoder is faster for the usual case.
  return decoder.encoding === 'utf-8'
    ? (bytes) => bytes.toString('utf8')
    : (bytes) => decoder.decode(bytes);
}
