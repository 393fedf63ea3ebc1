/** Entries of a state: one key looked up, or those of a prefix page by page. */
import { RestError } from '@millrace/rest-client';
import { type Signal, useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { formatTime } from '../format/times.ts';
import { nowMs } from '../live/browser-clock.ts';
import { getJson, query } from '../rest/client.ts';
import type { EntryPage, KeyLookUp, StateEntry } from '../rest/state.ts';
import { replaceQuery, route } from '../routing/location.ts';
import { type Column, DataTable } from '../widgets/data-table.tsx';
import { ErrorNote, Placeholder } from '../widgets/loaded.tsx';
import { ShownValue } from './shown-value.tsx';

const PAGE_ENTRIES = 100;

interface EntriesViewProps {
  readonly statePath: string;
  readonly source: string;
  /** False of a list of operator state. */
  readonly hasKeys: boolean;
}

type Found =
  | { readonly kind: 'nothing yet' }
  | { readonly kind: 'key'; readonly lookUp: KeyLookUp; readonly at: number }
  /** The page at `index` is shown; those before it are kept to go back to. */
  | { readonly kind: 'pages'; readonly pages: readonly EntryPage[]; readonly index: number }
  | { readonly kind: 'error'; readonly error: RestError };

export function EntriesView({ statePath, source, hasKeys }: EntriesViewProps): VNode {
  const asked = route.value.query;
  const found = useSignal<Found>({ kind: 'nothing yet' });
  const busy = useSignal(false);
  const look = async (): Promise<void> => {
    const { key, prefix } = route.peek().query;
    busy.value = true;
    found.value = await (key === undefined
      ? nextPage(statePath, source, prefix, [])
      : lookUp(statePath, source, key)
    ).catch(failed);
    busy.value = false;
  };
  // Looks when another thing is asked for.
  useEffect(() => void look(), [statePath, source, asked.key, asked.prefix]);
  const turn = async (): Promise<void> => {
    const now = found.peek();
    if (now.kind === 'pages') {
      busy.value = true;
      const prefix = route.peek().query.prefix;
      found.value = await nextPage(
        statePath,
        source,
        prefix,
        now.pages.slice(0, now.index + 1),
      ).catch(failed);
      busy.value = false;
    }
  };
  return (
    <>
      {hasKeys && <AskForm onAsk={() => void look()} />}
      <div aria-busy={busy.value} class="entries">
        <Shown found={found} onTurn={() => void turn()} onAgain={() => void look()} />
      </div>
    </>
  );
}

/** One field for both: what is asked for stands in the address, so it can be sent to somebody. */
function AskForm({ onAsk }: { onAsk: () => void }): VNode {
  const asked = route.value.query;
  const isKey = useSignal(asked.prefix === undefined);
  const text = useSignal(asked.key ?? asked.prefix ?? '');
  return (
    <form
      class="tools"
      onSubmit={(event) => {
        event.preventDefault();
        const given = text.peek() === '' ? undefined : text.peek();
        replaceQuery(
          isKey.peek() ? { key: given, prefix: undefined } : { key: undefined, prefix: given },
        );
        onAsk();
      }}
    >
      <select
        aria-label="How to find entries"
        value={isKey.value ? 'key' : 'prefix'}
        onChange={(event) => {
          isKey.value = event.currentTarget.value === 'key';
        }}
      >
        <option value="key">Key is</option>
        <option value="prefix">Key begins with</option>
      </select>
      <input
        class="search"
        data-search
        type="search"
        aria-label="Key, as text or JSON"
        placeholder="Key, as text or JSON  ( / )"
        value={text.value}
        onInput={(event) => {
          text.value = event.currentTarget.value;
        }}
      />
      <button type="submit" class="primary">
        Look
      </button>
    </form>
  );
}

interface ShownProps {
  readonly found: Signal<Found>;
  readonly onTurn: () => void;
  readonly onAgain: () => void;
}

function Shown({ found, onTurn, onAgain }: ShownProps): VNode {
  const now = found.value;
  switch (now.kind) {
    case 'nothing yet':
      return <Placeholder lines={6} what="entries" />;
    case 'error':
      return <Failed error={now.error} onAgain={onAgain} />;
    case 'key':
      return <OneKey lookUp={now.lookUp} at={now.at} />;
    case 'pages': {
      const page = now.pages[now.index]!;
      const turnBack = (): void => {
        found.value = { ...now, index: now.index - 1 };
      };
      const turnOn = (): void => {
        if (now.index + 1 < now.pages.length) {
          found.value = { ...now, index: now.index + 1 };
        } else {
          onTurn();
        }
      };
      return <OnePage page={page} index={now.index} onBack={turnBack} onNext={turnOn} />;
    }
  }
}

function Failed({ error, onAgain }: { error: RestError; onAgain: () => void }): VNode {
  if (error.status === 404) {
    return <p class="empty">There is no entry with this key.</p>;
  }
  return (
    <>
      <ErrorNote
        what={error.status === 410 ? 'The view that was paged through is over' : 'Entries'}
        error={error}
      />
      <button type="button" onClick={onAgain}>
        {error.status === 410 ? 'Begin again' : 'Try again'}
      </button>
    </>
  );
}

function OneKey({ lookUp, at }: { lookUp: KeyLookUp; at: number }): VNode {
  const entries = lookUp.entries.map((entry) => ({
    ...entry,
    key: lookUp.key,
    keyGroup: lookUp.keyGroup,
  }));
  return (
    <>
      <p class="quiet">{whereFound(lookUp, at)}</p>
      <EntryTable entries={entries} label="Entries of the key" />
    </>
  );
}

/** Keyed state of a snapshot has no subtasks: what restores it deals out its key groups anew. */
function whereFound({ keyGroup, subtask, entries }: KeyLookUp, at: number): string {
  if (keyGroup === null) {
    return `In the copies of ${entries.length} subtasks.`;
  }
  const where = subtask === null ? '' : `, in subtask ${subtask}, at ${formatTime(at, at)}`;
  return `Key group ${keyGroup}${where}.`;
}

interface OnePageProps {
  readonly page: EntryPage;
  readonly index: number;
  readonly onBack: () => void;
  readonly onNext: () => void;
}

function OnePage({ page, index, onBack, onNext }: OnePageProps): VNode {
  const { view } = page;
  return (
    <>
      <EntryTable entries={page.entries} label={`Entries, page ${index + 1}`} />
      <div class="pager">
        <button type="button" disabled={index === 0} onClick={onBack}>
          ← Back
        </button>
        <span>Page {index + 1}</span>
        <button type="button" disabled={(page.cursor ?? '') === ''} onClick={onNext}>
          Next →
        </button>
        {view !== undefined && view !== null && (
          <span class="quiet">
            as of {formatTime(view.takenAt, nowMs())}, kept until{' '}
            {formatTime(view.expiresAt, nowMs())}
          </span>
        )}
      </div>
    </>
  );
}

function EntryTable({ entries, label }: { entries: readonly StateEntry[]; label: string }): VNode {
  const hasNamespace = entries.some(
    ({ namespace }) => namespace !== undefined && namespace !== null,
  );
  const hasMapKey = entries.some(({ mapKey }) => mapKey !== undefined);
  const isOfSubtasks = entries.some(({ subtask }) => subtask !== undefined);
  const isList = entries.some(({ element }) => element !== undefined);
  const columns: readonly Column<StateEntry>[] = [
    ...(isOfSubtasks
      ? [{ title: 'Subtask', numeric: true, cell: ({ subtask }: StateEntry) => subtask }]
      : []),
    isList
      ? { title: 'Element', numeric: true, cell: ({ element }) => element }
      : { title: 'Key', cell: ({ key }) => <ShownValue value={key} /> },
    ...(hasNamespace
      ? [
          {
            title: 'Namespace',
            cell: ({ namespace }: StateEntry) => <ShownValue value={namespace} />,
          },
        ]
      : []),
    ...(hasMapKey
      ? [{ title: 'Map key', cell: ({ mapKey }: StateEntry) => <ShownValue value={mapKey} /> }]
      : []),
    { title: 'Value', grow: true, cell: ({ value }) => <ShownValue value={value} /> },
    ...(isOfSubtasks
      ? []
      : [
          {
            title: 'Group',
            numeric: true,
            wideOnly: true,
            cell: ({ keyGroup }: StateEntry) => keyGroup,
          },
        ]),
  ];
  const rows = entries.map((entry, index) => ({ entry, index }));
  return (
    <DataTable
      label={label}
      columns={columns.map((column) => ({
        ...column,
        cell: ({ entry }: { entry: StateEntry }) => column.cell(entry),
        sort: ({ entry }: { entry: StateEntry }) => sortValue(column.title, entry),
      }))}
      rows={rows}
      rowKey={({ index }) => index}
      rowsShown={PAGE_ENTRIES}
      empty="No entry."
    />
  );
}

function sortValue(column: string, entry: StateEntry): string | number {
  const value = {
    Subtask: entry.subtask,
    Element: entry.element,
    Key: entry.key,
    Namespace: entry.namespace,
    'Map key': entry.mapKey,
    Value: entry.value,
    Group: entry.keyGroup,
  }[column];
  return typeof value === 'number' ? value : (JSON.stringify(value) ?? '');
}

async function lookUp(statePath: string, source: string, key: string): Promise<Found> {
  const found = await getJson<KeyLookUp>(statePath + query({ source, key }));
  return { kind: 'key', lookUp: found, at: nowMs() };
}

async function nextPage(
  statePath: string,
  source: string,
  prefix: string | undefined,
  before: readonly EntryPage[],
): Promise<Found> {
  const cursor = before.at(-1)?.cursor ?? undefined;
  const asked = query({ source, prefix, cursor, limit: PAGE_ENTRIES });
  const page = await getJson<EntryPage>(`${statePath}/entries${asked}`);
  return { kind: 'pages', pages: [...before, page], index: before.length };
}

function failed(error: unknown): Found {
  const told = error instanceof RestError ? error : new RestError('REST_FAILED', String(error));
  return { kind: 'error', error: told };
}
