/** Queries over the state of a job, live or of a snapshot. */
import { RestError } from '@millrace/rest-client';
import { type Signal, useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { formatDuration } from '../format/times.ts';
import { hasEnded } from '../jobs/job-order.ts';
import { nowMs } from '../live/browser-clock.ts';
import { usePoll } from '../live/poll.ts';
import { isMissing, path, query, restClient } from '../rest/client.ts';
import type { JobDetails } from '../rest/jobs.ts';
import type { SqlResult, StateOverview } from '../rest/state.ts';
import { route } from '../routing/location.ts';
import { ShownValue, textOf } from '../state/shown-value.tsx';
import { LIVE_NO_MORE, SourceChoice } from '../state/state-page.tsx';
import { type Column, DataTable } from '../widgets/data-table.tsx';
import { Empty, ErrorNote, NotServed } from '../widgets/loaded.tsx';
import { firstQuery, tableNames } from './tables.ts';

const ROWS_MAX = 1000;
const KEY = 'millrace.sql';

type Answer =
  | { readonly kind: 'none' }
  | { readonly kind: 'running' }
  | { readonly kind: 'rows'; readonly result: SqlResult; readonly tookMs: number }
  | { readonly kind: 'error'; readonly error: RestError };

export function SqlPage({ job }: { job: JobDetails }): VNode {
  const { jid } = job;
  const source = route.value.query.source ?? 'live';
  const isOver = source === 'live' && hasEnded(job);
  const statePath = isOver ? undefined : path`jobs/${jid}/state` + query({ source });
  const state = usePoll<StateOverview>(statePath, 30_000);
  const tables = tableNames(state.data.value?.operators ?? []);
  // Until somebody writes, a first query over the tables that are known by then is proposed.
  const written = useSignal(sessionStorage.getItem(KEY) ?? undefined);
  const answer = useSignal<Answer>({ kind: 'none' });
  const failure = state.error.value;
  if (failure !== undefined && isMissing(failure) && source === 'live') {
    return <NotServed what="queries over state" />;
  }
  const shown = written.value ?? firstQuery(tables);
  return (
    <>
      <form
        class="sql"
        onSubmit={(event) => {
          event.preventDefault();
          sessionStorage.setItem(KEY, shown);
          void run(jid, shown, source, answer);
        }}
      >
        <div class="tools">
          <SourceChoice jid={jid} source={source} />
          <button
            type="submit"
            class="primary"
            disabled={answer.value.kind === 'running' || shown.trim() === ''}
          >
            Run <kbd>Ctrl ⏎</kbd>
          </button>
        </div>
        <textarea
          data-search
          aria-label="SQL query"
          spellcheck={false}
          rows={5}
          placeholder="SELECT … FROM operator.state"
          value={shown}
          onFocus={() => {
            // Tables that come from now on change nothing under the hand of who writes.
            written.value = shown;
          }}
          onInput={(event) => {
            written.value = event.currentTarget.value;
          }}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
              event.currentTarget.form?.requestSubmit();
            }
          }}
        />
      </form>
      {tables.length > 0 && (
        <details class="tables">
          <summary>{tables.length} tables</summary>
          <ul>
            {tables.map((table) => (
              <li key={table}>
                <button
                  type="button"
                  class="link"
                  onClick={() => {
                    written.value = firstQuery([table]);
                  }}
                >
                  <code>{table}</code>
                </button>
              </li>
            ))}
          </ul>
        </details>
      )}
      {isOver ? <Empty>{LIVE_NO_MORE}</Empty> : <Answered answer={answer.value} />}
    </>
  );
}

function Answered({ answer }: { answer: Answer }): VNode | null {
  switch (answer.kind) {
    case 'none':
      return <Empty>Nothing was asked yet.</Empty>;
    case 'running':
      return (
        <p class="progress" role="status">
          <i class="spin" aria-hidden="true" /> Running
        </p>
      );
    case 'error':
      return <ErrorNote what="The query" error={answer.error} />;
    case 'rows':
      return <Rows result={answer.result} tookMs={answer.tookMs} />;
  }
}

function Rows({ result, tookMs }: { result: SqlResult; tookMs: number }): VNode {
  const rows = result.rows.map((values, index) => ({ values, index }));
  const columns = result.columns.map(({ name, type }, index): Column<(typeof rows)[number]> => {
    const isNumber = /INT|DOUBLE|FLOAT|DECIMAL|NUMERIC/i.test(type);
    return {
      // Two columns of a result may have one name.
      title:
        result.columns.findIndex((other) => other.name === name) < index
          ? `${name} (${index + 1})`
          : name,
      numeric: isNumber,
      sort: ({ values }) =>
        isNumber ? Number(values[index] ?? Number.NaN) : textOf(values[index]),
      cell: ({ values }) => <ShownValue value={values[index]} />,
    };
  });
  return (
    <>
      <p class="quiet" role="status">
        {result.rows.length === 1 ? '1 row' : `${result.rows.length} rows`} in{' '}
        {formatDuration(tookMs)}
        {result.truncated && '; there are more: add a LIMIT or a WHERE to choose'}
      </p>
      <DataTable
        label="Rows of the query"
        columns={columns}
        rows={rows}
        rowKey={({ index }) => index}
        empty="No row."
      />
    </>
  );
}

async function run(
  jid: string,
  text: string,
  source: string,
  answer: Signal<Answer>,
): Promise<void> {
  const since = nowMs();
  answer.value = { kind: 'running' };
  try {
    const result = await restClient().sql(jid, text, { source, limit: ROWS_MAX });
    answer.value = { kind: 'rows', result, tookMs: nowMs() - since };
  } catch (error) {
    const told = error instanceof RestError ? error : new RestError('REST_FAILED', String(error));
    answer.value = { kind: 'error', error: told };
  }
}
