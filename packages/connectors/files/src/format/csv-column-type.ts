/** How the text of a CSV field becomes a value. `undefined` says that it is not of the type. */

/**
 * - `string`: as it stands.
 * - `number`: any JavaScript number literal; `int`: a whole number below 2^53.
 * - `boolean`: true or false, in any case.
 * - `timestamp`: milliseconds since the epoch, of a text that `Date.parse` reads.
 */
export type CsvColumnType = 'string' | 'number' | 'int' | 'boolean' | 'timestamp';

export function csvConverter(type: CsvColumnType): (text: string) => unknown {
  switch (type) {
    case 'string':
      return (text) => text;
    case 'number':
      return (text) => {
        const value = text.trim() === '' ? Number.NaN : Number(text);
        return Number.isNaN(value) && text !== 'NaN' ? undefined : value;
      };
    case 'int':
      return (text) => {
        const value = /^\s*[+-]?\d+\s*$/.test(text) ? Number(text) : Number.NaN;
        return Number.isSafeInteger(value) ? value : undefined;
      };
    case 'boolean':
      return (text) => {
        const lower = text.toLowerCase();
        return lower === 'true' ? true : lower === 'false' ? false : undefined;
      };
    case 'timestamp':
      return (text) => {
        const value = Date.parse(text);
        return Number.isNaN(value) ? undefined : value;
      };
  }
}
