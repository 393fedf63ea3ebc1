/** The imports of a TypeScript file, static and dynamic, with what they resolve to. */
import { posix } from 'node:path';
import type { SourceFile } from './repository.ts';
import { codeOnly, lineOf } from './source-text.ts';

export interface Import {
  readonly specifier: string;
  /** True when nothing of it is left after compiling. */
  readonly typeOnly: boolean;
  readonly line: number;
  /** The file of a relative import, relative to the root. */
  readonly target: string | undefined;
}

const STATIC = /^[ \t]*(import|export)\b([^;'"]*?\bfrom)?\s*(['"])/gm;
const DYNAMIC = /\bimport\(\s*(['"])/g;

export function importsOf(file: SourceFile): Import[] {
  const code = codeOnly(file.text);
  const found: { start: number; quoteAt: number; typeOnly: boolean }[] = [];
  // In `code` a string is blank, so its quotes are looked up in the text at the same place.
  const visible = revealQuotes(file.text, code);
  for (const match of visible.matchAll(STATIC)) {
    const typeOnly = /^\s*(import|export)\s+type\b/.test(match[0]);
    found.push({ start: match.index, quoteAt: match.index + match[0].length - 1, typeOnly });
  }
  for (const match of visible.matchAll(DYNAMIC)) {
    found.push({ start: match.index, quoteAt: match.index + match[0].length - 1, typeOnly: false });
  }
  return found.map(({ start, quoteAt, typeOnly }) => {
    const end = file.text.indexOf(file.text[quoteAt]!, quoteAt + 1);
    const specifier = file.text.slice(quoteAt + 1, end);
    const target = specifier.startsWith('.')
      ? posix.join(posix.dirname(file.path), specifier)
      : undefined;
    return {
      specifier,
      typeOnly,
      line: lineOf(file.text, start + leadingBreaks(visible, start)),
      target,
    };
  });
}

/** Code with the quotes of its strings put back, so that a pattern can see where one starts. */
function revealQuotes(text: string, code: string): string {
  let visible = '';
  for (let position = 0; position < text.length; position += 1) {
    const char = text[position]!;
    const opensString = (char === "'" || char === '"') && /[\s(]/.test(text[position - 1] ?? ' ');
    visible += opensString && code[position] === ' ' ? char : code[position];
  }
  return visible;
}

function leadingBreaks(text: string, start: number): number {
  return /^\s*/.exec(text.slice(start))![0].length;
}
