/** The state browser: operator → state → key, live or in any snapshot that is kept. */
import type { VNode } from 'preact';
import { formatBytes } from '../format/numbers.ts';
import { formatDuration, formatTime } from '../format/times.ts';
import { hasEnded } from '../jobs/job-order.ts';
import { nowMs } from '../live/browser-clock.ts';
import { usePoll } from '../live/poll.ts';
import { path, query } from '../rest/client.ts';
import type { JobDetails } from '../rest/jobs.ts';
import type {
  SnapshotInfo,
  Snapshots,
  StateInfo,
  StateOperator,
  StateOverview,
} from '../rest/state.ts';
import { goTo, replaceQuery, route } from '../routing/location.ts';
import { hrefOf } from '../routing/routes.ts';
import { Fact, Facts } from '../widgets/facts.tsx';
import { Empty, Loaded, NotServed } from '../widgets/loaded.tsx';
import { EntriesView } from './entries-view.tsx';
import { KeysView } from './keys-view.tsx';
import { SizesView } from './sizes-view.tsx';
import { StateTree } from './state-tree.tsx';

const VIEWS = [
  { name: 'Entries', view: 'entries' },
  { name: 'Sizes', view: 'sizes' },
  { name: 'Keys', view: 'keys', isOfKeyGroups: true },
] as const;

export const LIVE_NO_MORE =
  'This job has ended, and its live state with it. What its checkpoints and savepoints hold, as far as they are kept, can be chosen as the source.';

export function StatePage({ job }: { job: JobDetails }): VNode {
  const source = route.value.query.source ?? 'live';
  const base = path`jobs/${job.jid}/state`;
  const isOver = source === 'live' && hasEnded(job);
  const state = usePoll<StateOverview>(isOver ? undefined : base + query({ source }), 10_000);
  return (
    <>
      <div class="tools">
        <SourceChoice jid={job.jid} source={source} />
      </div>
      {isOver && <Empty>{LIVE_NO_MORE}</Empty>}
      {!isOver && (
        <Loaded
          poll={state}
          what="State"
          lines={8}
          missing={source === 'live' ? <NotServed what="the state of a job" /> : undefined}
        >
          {({ operators }) =>
            operators.length === 0 ? (
              <Empty>No operator of this job keeps state.</Empty>
            ) : (
              <Browser job={job} source={source} operators={operators} />
            )
          }
        </Loaded>
      )}
    </>
  );
}

export function SourceChoice({ jid, source }: { jid: string; source: string }): VNode {
  const snapshots = usePoll<Snapshots>(path`jobs/${jid}/snapshots`, 10_000).data.value;
  const known = snapshots?.snapshots ?? [];
  return (
    <label>
      Source{' '}
      <select
        value={source}
        onChange={(event) => replaceQuery({ source: event.currentTarget.value })}
      >
        <option value="live">live: the job as it runs</option>
        {known.map((snapshot) => (
          <option key={snapshot.id} value={snapshot.id}>
            {sourceName(snapshot)}
          </option>
        ))}
        {source !== 'live' && !known.some(({ id }) => id === source) && (
          <option value={source}>{source}</option>
        )}
      </select>
    </label>
  );
}

function sourceName({ kind, checkpointId, timestamp, stateSize }: SnapshotInfo): string {
  return [
    `${kind} ${checkpointId ?? ''}`.trim(),
    formatTime(timestamp, nowMs()),
    ...(stateSize === undefined || stateSize === null ? [] : [formatBytes(stateSize)]),
  ].join(' · ');
}

interface BrowserProps {
  readonly job: JobDetails;
  readonly source: string;
  readonly operators: readonly StateOperator[];
}

function Browser({ job, source, operators }: BrowserProps): VNode {
  const { parts } = route.value;
  const operator = operators.find(({ operatorId }) => operatorId === parts[3]) ?? operators[0]!;
  const state = operator.states.find(({ name }) => name === parts[4]) ?? operator.states[0];
  return (
    <div class="browser">
      <StateTree
        operators={operators}
        chosen={{ operatorId: operator.operatorId, state: state?.name }}
        onChoose={(operatorId, name) =>
          goTo(['job', job.jid, 'state', operatorId, name], {
            source: source === 'live' ? undefined : source,
            view: route.peek().query.view,
          })
        }
      />
      {state === undefined ? (
        <Empty>This operator keeps no state.</Empty>
      ) : (
        <StatePanel job={job} source={source} operator={operator} state={state} />
      )}
    </div>
  );
}

interface StatePanelProps {
  readonly job: JobDetails;
  readonly source: string;
  readonly operator: StateOperator;
  readonly state: StateInfo;
}

function StatePanel({ job, source, operator, state }: StatePanelProps): VNode {
  const hasKeyGroups = isKeyed(state);
  const views = VIEWS.filter((each) => hasKeyGroups || !('isOfKeyGroups' in each));
  const asked = route.value.query.view;
  const view = views.find((each) => each.view === asked)?.view ?? 'entries';
  const operatorPath = path`jobs/${job.jid}/state/${operator.operatorId}`;
  const statePath = `${operatorPath}/${encodeURIComponent(state.name)}`;
  const address = ['job', job.jid, 'state', operator.operatorId, state.name];
  return (
    <section class="panel state-panel" aria-label={`State ${state.name}`}>
      <header>
        <h2>{state.name}</h2>
      </header>
      <StateFacts operator={operator} state={state} />
      <nav class="switch" aria-label="What of the state">
        {views.map((one) => (
          <a
            key={one.view}
            href={hrefOf(address, {
              source: source === 'live' ? undefined : source,
              view: one.view,
            })}
            aria-current={view === one.view ? 'page' : undefined}
          >
            {one.name}
          </a>
        ))}
      </nav>
      {view === 'sizes' ? (
        <SizesView operatorPath={operatorPath} source={source} />
      ) : view === 'keys' ? (
        <KeysView
          operatorPath={operatorPath}
          statePath={statePath}
          source={source}
          isMeasured={state.kind !== 'timers'}
        />
      ) : (
        <EntriesView
          key={statePath + source}
          statePath={statePath}
          source={source}
          hasKeys={state.kind !== 'operator'}
        />
      )}
    </section>
  );
}

function StateFacts({ operator, state }: { operator: StateOperator; state: StateInfo }): VNode {
  return (
    <Facts>
      <Fact name="Kind">{state.kind}</Fact>
      <Fact name="Key">{state.keyType ?? '–'}</Fact>
      {state.namespaceType !== undefined && state.namespaceType !== null && (
        <Fact name="Namespace">{state.namespaceType}</Fact>
      )}
      <Fact name="Value">{state.valueType ?? '–'}</Fact>
      {state.ttlMs !== undefined && state.ttlMs !== null && (
        <Fact name="Lives for">{formatDuration(state.ttlMs)}</Fact>
      )}
      {state.queryableName !== undefined && state.queryableName !== null && (
        <Fact name="Queryable as">
          <code>{state.queryableName}</code>
        </Fact>
      )}
      {isKeyed(state) && <Fact name="Key groups">{operator.maxParallelism}</Fact>}
    </Facts>
  );
}

/** Lists and broadcast maps of operator state are of subtasks, not of key groups. */
function isKeyed({ kind }: StateInfo): boolean {
  return kind !== 'operator' && kind !== 'broadcast';
}
