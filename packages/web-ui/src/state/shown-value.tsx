/** A value of state or of a query, as JSON on one line; a long one opens. */
import type { VNode } from 'preact';

const CHARS_MAX = 120;

export function ShownValue({ value }: { value: unknown }): VNode {
  const line = textOf(value);
  if (line.length <= CHARS_MAX) {
    return <code class="value">{line}</code>;
  }
  return (
    <details class="value">
      <summary>
        <code>{line.slice(0, CHARS_MAX)}…</code>
      </summary>
      <pre>{typeof value === 'string' ? value : JSON.stringify(value, null, 2)}</pre>
    </details>
  );
}

/** A text as it is, all else as JSON. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}
