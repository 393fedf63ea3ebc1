/** The shortcuts that hold now, from the shell and from the page, and the overlay that lists them. */
import { type Signal, signal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { nowMs } from '../live/browser-clock.ts';
import { Dialog } from '../widgets/dialog.tsx';
import { KeySequence } from './key-sequence.ts';

export interface Shortcut {
  /** `?` or `g j`. */
  readonly keys: string;
  readonly what: string;
  readonly run: () => void;
}

export const helpOpen: Signal<boolean> = signal(false);

const holding: Signal<readonly (readonly Shortcut[])[]> = signal([]);
const sequence = new KeySequence();

/** The shortcuts hold while the component is there; of two with the same keys the later one counts. */
export function useShortcuts(
  shortcuts: readonly Shortcut[],
  dependencies: readonly unknown[],
): void {
  // The caller names what its shortcuts depend on.
  useEffect(() => {
    holding.value = [...holding.peek(), shortcuts];
    return () => {
      holding.value = holding.peek().filter((other) => other !== shortcuts);
    };
  }, [...dependencies]);
}

/** Call once. */
export function listenForShortcuts(): void {
  document.addEventListener('keydown', (event) => {
    const target = event.target as HTMLElement;
    const typing = target.closest('input, textarea, select, [contenteditable]') !== null;
    const modal = document.querySelector('dialog[open]') !== null;
    if (typing || modal || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const known = new Map(holding.peek().flatMap((some) => some.map((one) => [one.keys, one])));
    const keys = sequence.press(event.key, nowMs(), new Set(known.keys()));
    if (keys !== undefined) {
      event.preventDefault();
      known.get(keys)?.run();
    }
  });
}

/** Puts the focus into the field of the page that searches. */
export function focusSearch(): void {
  const fields = [...document.querySelectorAll<HTMLInputElement>('[data-search]')];
  const field = fields.find((one) => one.offsetParent !== null);
  field?.focus();
  field?.select();
}

const IN_TABLES_AND_GRAPH: readonly (readonly [string, string])[] = [
  ['↑ ↓', 'row before, row after'],
  ['PgUp PgDn Home End', 'ten rows, first, last'],
  ['Enter', 'open the row or operator'],
  ['← ↑ → ↓', 'in the graph: operator in that direction'],
  ['+ − 0', 'in the graph: nearer, farther, all of it'],
  ['Esc', 'close what is open'],
];

export function ShortcutHelp(): VNode | null {
  if (!helpOpen.value) {
    return null;
  }
  const all = new Map(holding.value.flatMap((some) => some.map((one) => [one.keys, one.what])));
  return (
    <Dialog
      title="Keyboard"
      onClose={() => {
        helpOpen.value = false;
      }}
    >
      <table class="keys">
        <tbody>
          {[...all, ...IN_TABLES_AND_GRAPH].map(([keys, what]) => (
            <tr key={keys + what}>
              <th scope="row">
                {keys.split(' ').map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </th>
              <td>{what}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Dialog>
  );
}
