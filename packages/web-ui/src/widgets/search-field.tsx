/** A field that filters what stands below it; `/` puts the focus here. */
import type { Signal } from '@preact/signals';
import type { VNode } from 'preact';

interface SearchFieldProps {
  readonly label: string;
  readonly value: Signal<string>;
}

export function SearchField({ label, value }: SearchFieldProps): VNode {
  return (
    <input
      class="search"
      type="search"
      data-search
      placeholder={`${label}  ( / )`}
      aria-label={label}
      value={value.value}
      onInput={(event) => {
        value.value = event.currentTarget.value;
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && value.peek() === '') {
          event.currentTarget.blur();
        }
      }}
    />
  );
}

/** Whether all words of `wanted` stand in one of the texts, in any case. */
export function matches(wanted: string, ...texts: readonly (string | undefined)[]): boolean {
  const text = texts.join(' ').toLowerCase();
  return wanted
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
