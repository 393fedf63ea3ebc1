/** Keys and their values, with a search over both. */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { DataTable } from '../widgets/data-table.tsx';
import { matches, SearchField } from '../widgets/search-field.tsx';

export interface Entry {
  readonly key: string;
  readonly value: string;
}

interface EntriesTableProps {
  readonly title: string;
  readonly entries: readonly Entry[];
}

export function EntriesTable({ title, entries }: EntriesTableProps): VNode {
  const wanted = useSignal('');
  const found = entries
    .filter(({ key, value }) => matches(wanted.value, key, value))
    .sort((left, right) => left.key.localeCompare(right.key));
  return (
    <>
      <div class="tools">
        <h2>{title}</h2>
        <SearchField label="Find a key or value" value={wanted} />
        <span class="quiet">
          {found.length} of {entries.length}
        </span>
      </div>
      <DataTable<Entry>
        label={title}
        columns={[
          { title: 'Key', sort: ({ key }) => key, cell: ({ key }) => <code>{key}</code> },
          {
            title: 'Value',
            grow: true,
            sort: ({ value }) => value,
            cell: ({ value }) => <code class="value">{value}</code>,
          },
        ]}
        rows={found}
        rowKey={({ key }) => key}
        rowsShown={1000}
        empty={entries.length === 0 ? 'Nothing is set.' : 'No key or value has this in it.'}
      />
    </>
  );
}
