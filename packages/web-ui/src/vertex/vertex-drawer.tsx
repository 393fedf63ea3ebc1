/** One operator looked at closely, beside the graph: its subtasks and its metrics as plots. */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { path } from '../rest/client.ts';
import type { JobVertex } from '../rest/jobs.ts';
import { Copied } from '../widgets/facts.tsx';
import { StatusBadge } from '../widgets/status-badge.tsx';
import { MetricPlots } from './metric-plots.tsx';
import { SubtaskTable } from './subtask-table.tsx';

interface VertexDrawerProps {
  readonly jid: string;
  readonly vertex: JobVertex;
  /** The plan's, with its line breaks as HTML. */
  readonly description: string;
  readonly onClose: () => void;
}

const PARTS = ['Subtasks', 'Metrics'] as const;

export function VertexDrawer({ jid, vertex, description, onClose }: VertexDrawerProps): VNode {
  const part = useSignal<(typeof PARTS)[number]>('Subtasks');
  const drawer = useRef<HTMLElement>(null);
  // Within the step that shows or takes away the drawer, so that no key falls between.
  useLayoutEffect(() => {
    const before = document.activeElement;
    drawer.current?.focus({ preventScroll: true });
    return () => focusAgain(before, vertex.id);
  }, []);
  const lines = description.split(/<br\s*\/?>/).filter((line) => line.trim() !== '');
  return (
    <aside
      ref={drawer}
      class="drawer"
      aria-label={`Operator ${vertex.name}`}
      tabIndex={-1}
      onKeyDown={(event) => event.key === 'Escape' && onClose()}
    >
      <header>
        <h2>{vertex.name}</h2>
        <button class="icon" type="button" aria-label="Close the operator" onClick={onClose}>
          ✕
        </button>
      </header>
      <p class="drawer-facts">
        <StatusBadge status={vertex.status} />
        <span>parallelism {vertex.parallelism}</span>
        {vertex.maxParallelism !== undefined && <span>of at most {vertex.maxParallelism}</span>}
      </p>
      <details>
        <summary>{lines.length} in the chain</summary>
        <pre class="chain">{lines.map(unescaped).join('\n')}</pre>
        <Copied text={vertex.id} what="vertex id" />
      </details>
      <div class="switch" role="tablist" aria-label="What of the operator">
        {PARTS.map((name) => (
          <button
            key={name}
            type="button"
            role="tab"
            aria-selected={part.value === name}
            onClick={() => {
              part.value = name;
            }}
          >
            {name}
          </button>
        ))}
      </div>
      {part.value === 'Subtasks' ? (
        <SubtaskTable vertexPath={path`jobs/${jid}/vertices/${vertex.id}`} />
      ) : (
        <MetricPlots vertexPath={path`jobs/${jid}/vertices/${vertex.id}`} />
      )}
    </aside>
  );
}

/** What had the focus before; the operator in the graph where that is gone, or there was nothing. */
function focusAgain(before: Element | null, vertexId: string): void {
  const found =
    before !== null && before !== document.body && before.isConnected
      ? before
      : document.querySelector(`[data-vertex="${CSS.escape(vertexId)}"]`);
  (found as HTMLElement | null)?.focus({ preventScroll: true });
}

/** The plan's text is HTML; it is shown as text, so that no name can be markup. */
function unescaped(line: string): string {
  return line
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');
}
