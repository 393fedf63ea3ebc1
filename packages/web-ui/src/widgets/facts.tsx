/** Named facts in a row that wraps, and copies of what one wants to have elsewhere. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren, VNode } from 'preact';
import { later } from '../live/browser-clock.ts';

export function Facts({ children }: { children: ComponentChildren }): VNode {
  return <dl class="facts">{children}</dl>;
}

interface FactProps {
  readonly name: string;
  readonly title?: string;
  readonly children: ComponentChildren;
}

export function Fact({ name, title, children }: FactProps): VNode {
  return (
    <div title={title}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** A path or an id with a button that copies it. */
export function Copied({ text, what }: { text: string; what: string }): VNode {
  const done = useSignal(false);
  const copy = async (): Promise<void> => {
    // Over plain HTTP on another host the browser has no clipboard; the text can be chosen by hand.
    await navigator.clipboard?.writeText(text);
    done.value = true;
    later(1500, () => {
      done.value = false;
    });
  };
  return (
    <span class="copied">
      <code>{text}</code>
      <button
        class="icon"
        type="button"
        title={`Copy the ${what}`}
        aria-label={`Copy the ${what}`}
        onClick={() => void copy().catch(() => {})}
      >
        <CopySign done={done.value} />
      </button>
    </span>
  );
}

/** Drawn, as fonts differ in what signs they have. */
function CopySign({ done }: { done: boolean }): VNode {
  return (
    <svg viewBox="0 0 16 16" width="13" height="13" aria-hidden="true">
      <path d={done ? 'M3 9l3 3 7-8' : 'M6 6h7v7H6zM10 6V3H3v7h3'} />
    </svg>
  );
}
