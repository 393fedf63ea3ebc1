/**
 * Java's properties files: `key=value`, `key: value` or `key value` a line; `#` and `!` begin
 * comments; a backslash at the end goes on in the next line, others escape a character.
 *
 * Flink: java.util.Properties.load.
 */

export function parseProperties(text: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const line of logicalLines(text)) {
    const [, key = '', value = ''] = KEY_AND_VALUE.exec(line) ?? [];
    values.set(unescaped(key), unescaped(value));
  }
  return values;
}

// The key ends at the first '=', ':' or blank that no backslash escapes.
const KEY_AND_VALUE = /^((?:\\.|[^\\=:\s])*)(?:\s*[=:]\s*|\s+)?(.*)$/s;

function logicalLines(text: string): string[] {
  const lines: string[] = [];
  let open = '';
  for (const natural of text.split(/\r\n|\n|\r/)) {
    const line = natural.trimStart();
    if (open === '' && (line === '' || line.startsWith('#') || line.startsWith('!'))) {
      continue;
    }
    const backslashes = /\\*$/.exec(line)?.[0].length ?? 0;
    if (backslashes % 2 === 1) {
      open += line.slice(0, -1);
    } else {
      lines.push(open + line);
      open = '';
    }
  }
  return open === '' ? lines : [...lines, open];
}

const ESCAPES: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' };

function unescaped(text: string): string {
  return text.replace(/\\(u[0-9a-fA-F]{4}|.)/gs, (_, sequence: string) =>
    sequence.length === 5
      ? String.fromCharCode(Number.parseInt(sequence.slice(1), 16))
      : (ESCAPES[sequence] ?? sequence),
  );
}
