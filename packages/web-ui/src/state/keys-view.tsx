/** The keys that hold the most, and those that are asked for the most. */
import type { VNode } from 'preact';
import { formatBytes, formatCount, formatPercent } from '../format/numbers.ts';
import { refresh, usePoll } from '../live/poll.ts';
import { query } from '../rest/client.ts';
import type { HottestKeys, LargestKeys } from '../rest/state.ts';
import { DataTable } from '../widgets/data-table.tsx';
import { Loaded, NotServed } from '../widgets/loaded.tsx';
import { ShownValue, textOf } from './shown-value.tsx';

const KEYS_SHOWN = 20;

interface KeysViewProps {
  readonly operatorPath: string;
  readonly statePath: string;
  readonly source: string;
  /** False of timers: the server does not add them up by key. */
  readonly isMeasured: boolean;
}

export function KeysView({ operatorPath, statePath, source, isMeasured }: KeysViewProps): VNode {
  return (
    <div class="two">
      <section>
        <h3>Largest keys</h3>
        {isMeasured ? (
          <Largest statePath={statePath} source={source} />
        ) : (
          <p class="empty">Timers are not added up by key.</p>
        )}
      </section>
      <section>
        <h3>Hottest keys</h3>
        {source === 'live' ? (
          <Hottest operatorPath={operatorPath} />
        ) : (
          <p class="empty">Accesses are counted in a job that runs: choose live as the source.</p>
        )}
      </section>
    </div>
  );
}

function Largest({ statePath, source }: { statePath: string; source: string }): VNode {
  // All keys are gone through for it, so it is asked once, and again on demand.
  const path = `${statePath}/keys/largest${query({ source, limit: KEYS_SHOWN })}`;
  const largest = usePoll<LargestKeys>(path, Number.POSITIVE_INFINITY);
  return (
    <Loaded
      poll={largest}
      what="Largest keys"
      lines={5}
      missing={<NotServed what="the largest keys" />}
    >
      {({ keys, exact, scanned }) => (
        <>
          <DataTable
            label="Largest keys"
            columns={[
              { title: 'Key', grow: true, cell: ({ key }) => <ShownValue value={key} /> },
              {
                title: 'Size',
                numeric: true,
                sort: ({ bytes }) => bytes,
                cell: ({ bytes }) => formatBytes(bytes),
              },
              {
                title: 'Entries',
                numeric: true,
                sort: ({ entries }) => entries,
                cell: ({ entries }) => formatCount(entries),
              },
            ]}
            rows={keys}
            rowKey={({ key }) => textOf(key)}
            empty="No key."
          />
          <p class="quiet">
            {exact ? 'Exact' : 'Estimated'}, of {formatCount(scanned)} that were looked at.{' '}
            <button type="button" class="link" onClick={() => refresh(path)}>
              Look again
            </button>
          </p>
        </>
      )}
    </Loaded>
  );
}

function Hottest({ operatorPath }: { operatorPath: string }): VNode {
  const hottest = usePoll<HottestKeys>(
    `${operatorPath}/keys/hottest${query({ limit: KEYS_SHOWN })}`,
  );
  return (
    <Loaded
      poll={hottest}
      what="Hottest keys"
      lines={5}
      missing={<NotServed what="the hottest keys" />}
    >
      {({ keys, sampledAccesses }) => (
        <>
          <DataTable
            label="Hottest keys"
            columns={[
              { title: 'Key', grow: true, cell: ({ key }) => <ShownValue value={key} /> },
              {
                title: 'Of all accesses',
                numeric: true,
                sort: ({ share }) => share,
                cell: ({ share, errorShare = 0 }) => (
                  <span title={`at most ${formatPercent(errorShare)} too much`}>
                    <meter min={0} max={1} value={share} /> {formatPercent(share)}
                  </span>
                ),
              },
            ]}
            rows={keys}
            rowKey={({ key }) => textOf(key)}
            empty="No access was sampled yet."
          />
          <p class="quiet">Of {formatCount(sampledAccesses)} sampled accesses.</p>
        </>
      )}
    </Loaded>
  );
}
