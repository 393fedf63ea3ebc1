/**
 * Parts the text of a TypeScript file into code, comments and strings, well enough to search.
 *
 * `codeOnly` blanks comments and the contents of strings, templates and regular expressions with
 * spaces and keeps every line break, so that a match in it is code and keeps its line.
 */

const REGEX_MAY_FOLLOW = /(^|[(,=:[!&|?{};+\-*%<>~^]|\b(return|typeof|case|in|of|await|throw))\s*$/;

interface Span {
  readonly kind: 'code' | 'comment' | 'string';
  readonly start: number;
  readonly end: number;
}

export function codeOnly(text: string): string {
  return keepOnly(text, 'code');
}

export function commentsOnly(text: string): string {
  return keepOnly(text, 'comment');
}

export function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

function keepOnly(text: string, kind: Span['kind']): string {
  return spansOf(text)
    .map((span) => {
      const part = text.slice(span.start, span.end);
      return span.kind === kind ? part : part.replace(/[^\n]/g, ' ');
    })
    .join('');
}

function spansOf(text: string): Span[] {
  const spans: Span[] = [];
  let codeStart = 0;
  let position = 0;
  // Where a `${` opened inside a template, the depth of braces at which its `}` goes on with it.
  const templateDepths: number[] = [];
  let depth = 0;
  while (position < text.length) {
    const char = text[position]!;
    let end = endOfToken(text, position, codeStart);
    if (char === '{') {
      depth += 1;
    } else if (char === '}' && templateDepths.at(-1) === depth) {
      templateDepths.pop();
      end = endOfTemplate(text, position);
      depth -= 1;
    } else if (char === '}') {
      depth -= 1;
    }
    if (end === undefined) {
      position += 1;
      continue;
    }
    const isComment = char === '/' && (text[position + 1] === '/' || text[position + 1] === '*');
    spans.push({ kind: 'code', start: codeStart, end: position });
    spans.push({ kind: isComment ? 'comment' : 'string', start: position, end });
    if ((char === '`' || char === '}') && text.slice(end - 2, end) === '${') {
      depth += 1;
      templateDepths.push(depth);
    }
    position = end;
    codeStart = end;
  }
  spans.push({ kind: 'code', start: codeStart, end: text.length });
  return spans;
}

/** The end of the comment, string, template or regular expression here; `undefined` in code. */
function endOfToken(text: string, start: number, codeStart: number): number | undefined {
  const char = text[start];
  if (char === "'" || char === '"') {
    return endOfQuoted(text, start, char);
  }
  if (char === '`') {
    return endOfTemplate(text, start);
  }
  if (char !== '/') {
    return undefined;
  }
  if (text[start + 1] === '/') {
    return orEnd(text, text.indexOf('\n', start));
  }
  if (text[start + 1] === '*') {
    const close = text.indexOf('*/', start + 2);
    return close < 0 ? text.length : close + 2;
  }
  const before = text.slice(Math.max(codeStart, start - 40), start);
  return REGEX_MAY_FOLLOW.test(before) ? endOfRegex(text, start) : undefined;
}

function endOfQuoted(text: string, start: number, quote: string): number {
  let position = start + 1;
  while (position < text.length && text[position] !== quote && text[position] !== '\n') {
    position += text[position] === '\\' ? 2 : 1;
  }
  return Math.min(position + 1, text.length);
}

/** Behind the closing backquote, or behind the `${` that leads back into code. */
function endOfTemplate(text: string, start: number): number {
  let position = start + 1;
  while (position < text.length && text[position] !== '`') {
    if (text.startsWith('${', position)) {
      return position + 2;
    }
    position += text[position] === '\\' ? 2 : 1;
  }
  return Math.min(position + 1, text.length);
}

function endOfRegex(text: string, start: number): number | undefined {
  let inClass = false;
  for (let position = start + 1; position < text.length; position += 1) {
    const char = text[position];
    if (char === '\n') {
      return undefined;
    }
    if (char === '\\') {
      position += 1;
    } else if (char === '[') {
      inClass = true;
    } else if (char === ']') {
      inClass = false;
    } else if (char === '/' && !inClass) {
      return position + 1;
    }
  }
  return undefined;
}

function orEnd(text: string, index: number): number {
  return index < 0 ? text.length : index;
}
