/** How large the states of an operator are, and how that is spread over key groups and subtasks. */
import type { VNode } from 'preact';
import { formatBytes, formatCount } from '../format/numbers.ts';
import { usePoll } from '../live/poll.ts';
import { query } from '../rest/client.ts';
import type { StateSizes } from '../rest/state.ts';
import { DataTable } from '../widgets/data-table.tsx';
import { Fact, Facts } from '../widgets/facts.tsx';
import { Loaded, NotServed } from '../widgets/loaded.tsx';
import { keyGroupCells, skewOf } from './key-groups.ts';

const CELLS_MAX = 256;

interface SizesViewProps {
  readonly operatorPath: string;
  readonly source: string;
}

export function SizesView({ operatorPath, source }: SizesViewProps): VNode {
  const sizes = usePoll<StateSizes>(`${operatorPath}/sizes${query({ source })}`, 15_000);
  return (
    <Loaded poll={sizes} what="Sizes" lines={5} missing={<NotServed what="sizes of state" />}>
      {(data) => (
        <>
          <DataTable
            label="Sizes of the states of this operator"
            columns={[
              { title: 'State', grow: true, sort: ({ name }) => name, cell: ({ name }) => name },
              {
                title: 'Entries',
                numeric: true,
                sort: ({ entries }) => entries,
                cell: ({ entries, exact }) => about(exact) + formatCount(entries),
              },
              {
                title: 'Size',
                numeric: true,
                sort: ({ bytes }) => bytes,
                cell: ({ bytes, exact }) => about(exact) + formatBytes(bytes),
              },
            ]}
            rows={data.states}
            rowKey={({ name }) => name}
            empty="No state."
          />
          <KeyGroupStrip sizes={data} />
        </>
      )}
    </Loaded>
  );
}

function about(exact: boolean | undefined): string {
  return exact === false ? '≈ ' : '';
}

function KeyGroupStrip({ sizes }: { sizes: StateSizes }): VNode | null {
  const cells = keyGroupCells(sizes.keyGroups, CELLS_MAX);
  if (cells.length === 0) {
    return null;
  }
  const skew = skewOf(sizes.keyGroups);
  const subtasks = [...new Set(cells.map(({ subtask }) => subtask))];
  const empty = sizes.keyGroups.filter(({ entries }) => entries === 0).length;
  return (
    <>
      <h3>By key group</h3>
      <Facts>
        <Fact name="Fullest subtask to the mean">
          {skew === undefined ? '–' : `${skew.toFixed(2)} ×`}
        </Fact>
        <Fact name="Empty key groups">
          {empty} of {sizes.keyGroups.length}
        </Fact>
      </Facts>
      <div class="strips">
        {subtasks.map((subtask) => {
          const own = cells.filter((cell) => cell.subtask === subtask);
          const bytes = own.reduce((sum, cell) => sum + cell.bytes, 0);
          const whose = subtask === null ? 'Key groups' : `Subtask ${subtask}: key groups`;
          const words = `${whose} ${own[0]!.first} to ${own.at(-1)!.last}, ${formatBytes(bytes)}`;
          return (
            <div key={subtask} class="strip-row">
              <span class="quiet">{subtask}</span>
              <div class="strip" role="img" aria-label={words}>
                {own.map(({ first, last, entries, bytes: size, heat }) => (
                  <i
                    key={first}
                    style={{ '--heat': `${Math.round(heat * 100)}%` }}
                    title={`Key group ${first}${last > first ? ` to ${last}` : ''}: ${formatCount(entries)} entries, ${formatBytes(size)}`}
                  />
                ))}
              </div>
              <span class="number">{formatBytes(bytes)}</span>
            </div>
          );
        })}
      </div>
      <p class="quiet">
        A row for each subtask, a cell for each key group; the stronger its colour, the fuller it
        is.
      </p>
    </>
  );
}
