/** The time line drawn: one bar for each subtask, parted into its phases. */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { formatDuration } from '../format/times.ts';
import { barsOf, type Hop, linesOf, PHASES, type VertexLine } from './time-line.ts';

interface GanttProps {
  readonly vertexIds: readonly string[];
  readonly hops: readonly Hop[];
  readonly names: ReadonlyMap<string, string>;
}

const HOPS_SHOWN = 4;
const TICKS = [0, 0.25, 0.5, 0.75, 1];

export function Gantt({ vertexIds, hops, names }: GanttProps): VNode {
  const totalMs = hops.reduce((most, hop) => Math.max(most, hop.endToEndMs), 1);
  return (
    <div class="gantt">
      <ul class="legend" aria-label="Colours of the phases">
        {PHASES.map((phase) => (
          <li key={phase} class={`phase-${phase.replace(' ', '-')}`}>
            {phase}
          </li>
        ))}
        <li class="phase-rest">not told</li>
      </ul>
      <div class="gantt-ticks" aria-hidden="true">
        {TICKS.map((tick) => (
          <span key={tick} style={{ left: `${tick * 100}%` }}>
            {formatDuration(Math.round(tick * totalMs))}
          </span>
        ))}
      </div>
      {linesOf(vertexIds, hops).map((line) => (
        <VertexBars
          key={line.vertexId}
          line={line}
          name={names.get(line.vertexId) ?? line.vertexId}
          totalMs={totalMs}
        />
      ))}
    </div>
  );
}

interface VertexBarsProps {
  readonly line: VertexLine;
  readonly name: string;
  readonly totalMs: number;
}

function VertexBars({ line, name, totalMs }: VertexBarsProps): VNode {
  const all = useSignal(false);
  const shown = all.value ? line.hops : line.hops.slice(0, HOPS_SHOWN);
  const hidden = line.hops.length - shown.length;
  return (
    <section class="gantt-vertex">
      <h3 title={name}>{name}</h3>
      <ol aria-label={`Subtasks of ${name}, slowest first`}>
        {shown.map((hop) => (
          <li key={hop.subtask} title={spoken(hop)} aria-label={spoken(hop)}>
            <span class="gantt-subtask">{hop.subtask}</span>
            <span class="gantt-track">
              {barsOf(hop, totalMs).map(({ phase, start, length }) => (
                <i
                  key={phase}
                  class={`phase-${phase.replace(' ', '-')}`}
                  style={{ left: `${start * 100}%`, width: `max(1px, ${length * 100}%)` }}
                />
              ))}
            </span>
            <span class="gantt-total">{formatDuration(hop.endToEndMs)}</span>
          </li>
        ))}
      </ol>
      {line.hops.length === 0 && <p class="quiet">No acknowledgement yet.</p>}
      {(hidden > 0 || all.value) && line.hops.length > HOPS_SHOWN && (
        <button class="more" type="button" onClick={() => (all.value = !all.value)}>
          {all.value ? 'Show the slowest only' : `Show ${hidden} faster ones`}
        </button>
      )}
    </section>
  );
}

function spoken({ subtask, spans, endToEndMs }: Hop): string {
  const parts = PHASES.map((phase) => `${phase} ${formatDuration(spans[phase])}`);
  return `Subtask ${subtask}: ${parts.join(', ')}; ${formatDuration(endToEndMs)} in all`;
}
