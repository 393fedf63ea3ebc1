/**
 * How a record becomes text in a part file.
 *
 * Flink: org.apache.flink.api.common.serialization.Encoder.
 */
import { ConfigError, errorMessage, TaskError } from '@millrace/core';

export interface RowEncoder<T> {
  /** Text at the beginning of each part, with its line end. */
  readonly header: string;
  /** With its line end. @throws TaskError `VALUE_NOT_SERIALIZABLE` */
  encode(element: T): string;
}

/** One JSON text a line. */
export function jsonLinesEncoder<T = unknown>(): RowEncoder<T> {
  return { header: '', encode: encodeJson };
}

/** `String(element)` and a line end. A line end inside an element is kept as it is. */
export function stringEncoder<T = string>(): RowEncoder<T> {
  return { header: '', encode: (element) => `${element}\n` };
}

export interface CsvEncoderOptions {
  /** Properties of the records, in the order of the fields. */
  readonly columns: readonly string[];
  /** Each part begins with the names of the columns. */
  readonly header?: boolean;
  readonly delimiter?: string;
}

/**
 * RFC 4180 with `\n` as line end: fields with a delimiter, a quote or a line end are quoted. An
 * absent value is the empty field, an empty text is `""`, a Date is its ISO form.
 *
 * @throws ConfigError `CONFIG_VALUE_INVALID`
 */
export function csvEncoder<T extends object = Record<string, unknown>>(
  options: CsvEncoderOptions,
): RowEncoder<T> {
  const { columns, delimiter = ',' } = options;
  if (!Array.isArray(columns) || columns.length === 0) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      "csvEncoder has no columns; give the names of properties, as in { columns: ['id', 'count'] }",
    );
  }
  if (delimiter.length !== 1 || /["\r\n]/.test(delimiter)) {
    throw new ConfigError('CONFIG_VALUE_INVALID', `the delimiter is '${delimiter}'; use e.g. ','`);
  }
  const header = options.header === true ? csvLine(columns, (name) => name, delimiter) : '';
  return {
    header,
    encode: (element) =>
      csvLine(columns, (name) => (element as Record<string, unknown>)[name], delimiter),
  };
}

function encodeJson(element: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(element);
  } catch (cause) {
    throw new TaskError(
      'VALUE_NOT_SERIALIZABLE',
      `a record has no JSON form: ${errorMessage(cause)}; map it to plain values before the sink`,
      { cause },
    );
  }
  if (text === undefined) {
    throw new TaskError(
      'VALUE_NOT_SERIALIZABLE',
      `a record is ${typeof element}, which has no JSON form; filter it out before the sink`,
    );
  }
  return `${text}\n`;
}

function csvLine(
  columns: readonly string[],
  value: (name: string) => unknown,
  delimiter: string,
): string {
  let line = '';
  for (let i = 0; i < columns.length; i++) {
    const name = columns[i] as string;
    line += i === 0 ? '' : delimiter;
    line += csvField(name, value(name), delimiter);
  }
  // A line that is empty would be taken for none.
  return line === '' ? '""\n' : `${line}\n`;
}

function csvField(name: string, value: unknown, delimiter: string): string {
  if (value === undefined || value === null) {
    return '';
  }
  if (typeof value === 'object' && !(value instanceof Date)) {
    throw new TaskError(
      'VALUE_NOT_SERIALIZABLE',
      `column '${name}' holds an object; a CSV field takes text, numbers, booleans and dates`,
    );
  }
  const text = value instanceof Date ? value.toISOString() : String(value);
  if (text !== '' && !text.includes(delimiter) && !/["\r\n]/.test(text)) {
    return text;
  }
  return `"${text.replaceAll('"', '""')}"`;
}
