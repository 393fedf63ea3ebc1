/** The graph of a job, the same operators as a table below it, and the drawer of the chosen one. */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useCallback } from 'preact/hooks';
import { formatBytes, formatCount, formatPercent, formatRate } from '../format/numbers.ts';
import { formatWatermark } from '../format/times.ts';
import { nowMs } from '../live/browser-clock.ts';
import type { JobDetails, JobVertex } from '../rest/jobs.ts';
import { goTo, route } from '../routing/location.ts';
import { hrefOf } from '../routing/routes.ts';
import { VertexDrawer } from '../vertex/vertex-drawer.tsx';
import { type Column, DataTable } from '../widgets/data-table.tsx';
import { matches, SearchField } from '../widgets/search-field.tsx';
import { StatusBadge } from '../widgets/status-badge.tsx';
import { graphModel } from './graph-model.ts';
import { GraphView } from './graph-view.tsx';
import { useLayout } from './use-layout.ts';
import { useVertexFacts, type VertexFacts } from './vertex-facts.ts';

const ROWS_SHOWN = 50;
const NARROW = matchMedia('(max-width: 700px)');

export function GraphPage({ job }: { job: JobDetails }): VNode {
  const inSight = useSignal<ReadonlySet<string>>(new Set());
  const facts = useVertexFacts(job, inSight.value);
  const model = graphModel(job);
  const layout = useLayout(model.topology, NARROW.matches ? 'TB' : 'LR').value;
  const chosen = route.value.parts[3];
  const vertex = chosen === undefined ? undefined : model.vertices.get(chosen);
  const onOpen = useCallback((id: string) => goTo(['job', job.jid, 'graph', id]), [job.jid]);
  const onSight = useCallback(
    (ids: ReadonlySet<string>) => {
      inSight.value = ids;
    },
    [inSight],
  );
  return (
    <>
      <div class="graph-frame">
        {layout === undefined ? (
          <p class="graph empty">Laying out {job.vertices.length} operators…</p>
        ) : (
          <GraphView
            model={model}
            layout={layout}
            facts={facts}
            chosen={chosen}
            onOpen={onOpen}
            onSight={onSight}
          />
        )}
        <Legend />
      </div>
      <OperatorTable job={job} facts={facts} chosen={chosen} onOpen={onOpen} />
      {vertex !== undefined && (
        <VertexDrawer
          key={vertex.id}
          jid={job.jid}
          vertex={vertex}
          description={job.plan.nodes.find(({ id }) => id === vertex.id)?.description ?? ''}
          onClose={() => goTo(['job', job.jid, 'graph'])}
        />
      )}
    </>
  );
}

function Legend(): VNode {
  return (
    <ul class="legend" aria-label="Colours of the graph">
      <li class="load-idle">idle</li>
      <li class="load-light">some work</li>
      <li class="load-busy">busy</li>
      <li class="load-full">full: holds up what is before it</li>
      <li class="load-pressed">back-pressured: waits for what is after it</li>
    </ul>
  );
}

interface OperatorTableProps {
  readonly job: JobDetails;
  readonly facts: ReadonlyMap<string, VertexFacts>;
  readonly chosen: string | undefined;
  readonly onOpen: (vertexId: string) => void;
}

interface OperatorRow {
  readonly vertex: JobVertex;
  readonly facts: VertexFacts;
  readonly href: string;
}

function OperatorTable({ job, facts, chosen, onOpen }: OperatorTableProps): VNode {
  const wanted = useSignal('');
  const rows = job.vertices
    .filter(({ name, id }) => matches(wanted.value, name, id))
    .map((vertex) => ({
      vertex,
      facts: facts.get(vertex.id)!,
      href: hrefOf(['job', job.jid, 'graph', vertex.id]),
    }));
  return (
    <>
      <div class="tools">
        <h2>Operators</h2>
        <SearchField label="Find an operator" value={wanted} />
      </div>
      <DataTable<OperatorRow>
        label="Operators"
        columns={COLUMNS}
        rows={rows}
        rowKey={({ vertex }) => vertex.id}
        rowsShown={ROWS_SHOWN}
        isChosen={({ vertex }) => vertex.id === chosen}
        onOpen={({ vertex }) => onOpen(vertex.id)}
        empty="No operator has this in its name."
      />
    </>
  );
}

const COLUMNS: readonly Column<OperatorRow>[] = [
  {
    title: 'Name',
    grow: true,
    sort: ({ vertex }) => vertex.name,
    cell: ({ vertex, href }) => (
      <a href={href} tabIndex={-1} title={vertex.name}>
        {vertex.name}
      </a>
    ),
  },
  {
    title: 'State',
    sort: ({ vertex }) => vertex.status,
    cell: ({ vertex }) => <StatusBadge status={vertex.status} />,
  },
  {
    title: '×',
    numeric: true,
    wideOnly: true,
    sort: ({ vertex }) => vertex.parallelism,
    cell: ({ vertex }) => vertex.parallelism,
  },
  rateColumn('In', (facts) => facts.rates.recordsIn),
  rateColumn('Out', (facts) => facts.rates.recordsOut),
  {
    title: 'Busy',
    numeric: true,
    sort: ({ facts }) => facts.busy ?? Number.NaN,
    cell: ({ facts }) => formatPercent(facts.busy),
  },
  {
    title: 'Pressed',
    numeric: true,
    wideOnly: true,
    sort: ({ facts }) => facts.backPressured ?? Number.NaN,
    cell: ({ facts }) => formatPercent(facts.backPressured),
  },
  {
    title: 'Records read',
    numeric: true,
    wideOnly: true,
    sort: ({ vertex }) => vertex.metrics['read-records'],
    cell: ({ vertex }) => formatCount(vertex.metrics['read-records']),
  },
  {
    title: 'Bytes read',
    numeric: true,
    wideOnly: true,
    sort: ({ vertex }) => vertex.metrics['read-bytes'],
    cell: ({ vertex }) => formatBytes(vertex.metrics['read-bytes']),
  },
  {
    title: 'Watermark',
    numeric: true,
    wideOnly: true,
    cell: ({ facts }) =>
      facts.watermark === undefined ? '–' : formatWatermark(facts.watermark, nowMs()),
  },
];

function rateColumn(
  title: string,
  of: (facts: VertexFacts) => number | undefined,
): Column<OperatorRow> {
  return {
    title,
    numeric: true,
    wideOnly: true,
    sort: ({ facts }) => of(facts) ?? Number.NaN,
    cell: ({ facts }) => formatRate(of(facts)),
  };
}
