/** Any metrics of an operator as plots that go on while one looks. */
import { type Signal, useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { later, nowMs } from '../live/browser-clock.ts';
import { usePoll } from '../live/poll.ts';
import { getJson, query } from '../rest/client.ts';
import type { AggregatedMetric } from '../rest/jobs.ts';
import { Loaded } from '../widgets/loaded.tsx';
import { Plot } from '../widgets/plot.tsx';
import { matches, SearchField } from '../widgets/search-field.tsx';
import { type MetricHistory, metricFormat, NO_HISTORY, withPoint } from './metric-history.ts';

const KEY = 'millrace.metrics';
const FIRST_CHOICE = [
  'numRecordsInPerSecond',
  'numRecordsOutPerSecond',
  'busyTimeMsPerSecond',
  'backPressuredTimeMsPerSecond',
];
const MEASURE_EVERY_MS = 2000;
const NAMES_SHOWN = 60;

export function MetricPlots({ vertexPath }: { vertexPath: string }): VNode {
  const path = `${vertexPath}/subtasks/metrics`;
  const names = usePoll<{ id: string }[]>(path, 30_000);
  const chosen = useSignal<readonly string[]>(rememberedChoice());
  const histories = useHistories(path, chosen.value);
  return (
    <>
      {chosen.value.map((name) => (
        <MetricPlot
          key={name}
          name={name}
          history={histories.get(name) ?? NO_HISTORY}
          onDrop={() => choose(chosen, name, false)}
        />
      ))}
      <Loaded poll={names} what="Metrics" lines={4}>
        {(all) => <MetricChoice names={all.map(({ id }) => id)} chosen={chosen} />}
      </Loaded>
    </>
  );
}

interface MetricPlotProps {
  readonly name: string;
  readonly history: MetricHistory;
  readonly onDrop: () => void;
}

function MetricPlot({ name, history, onDrop }: MetricPlotProps): VNode {
  const { times, min, avg, max } = history;
  const isOneLine = avg.every((value, index) => value === min[index] && value === max[index]);
  return (
    <section class="metric">
      <h3>
        {name}
        <button class="icon" type="button" aria-label={`Hide ${name}`} onClick={onDrop}>
          ✕
        </button>
      </h3>
      <Plot
        label={name}
        times={times}
        format={metricFormat(name)}
        heightPx={110}
        series={
          isOneLine
            ? [{ label: 'each', values: avg }]
            : [
                { label: 'mean', values: avg },
                { label: 'least', values: min },
                { label: 'greatest', values: max },
              ]
        }
      />
    </section>
  );
}

function MetricChoice({
  names,
  chosen,
}: {
  names: readonly string[];
  chosen: Signal<readonly string[]>;
}): VNode {
  const wanted = useSignal('');
  const found = names.filter((name) => matches(wanted.value, name)).sort();
  return (
    <fieldset class="metric-choice">
      <legend>Metrics of this operator</legend>
      <SearchField label="Find a metric" value={wanted} />
      <div class="choices">
        {found.slice(0, NAMES_SHOWN).map((name) => (
          <label key={name} class="choice">
            <input
              type="checkbox"
              checked={chosen.value.includes(name)}
              onChange={(event) => choose(chosen, name, event.currentTarget.checked)}
            />
            {name}
          </label>
        ))}
      </div>
      {found.length > NAMES_SHOWN && (
        <p class="quiet">{found.length - NAMES_SHOWN} more: search for them.</p>
      )}
      {names.length === 0 && <p class="empty">The operator has no metrics now.</p>}
    </fieldset>
  );
}

function useHistories(path: string, names: readonly string[]): ReadonlyMap<string, MetricHistory> {
  const histories = useSignal<ReadonlyMap<string, MetricHistory>>(new Map());
  const wanted = names.join();
  useEffect(() => {
    const abort = new AbortController();
    let callOff = (): void => {};
    const measure = async (): Promise<void> => {
      if (!document.hidden && wanted !== '') {
        const search = query({ get: wanted, agg: 'min,max,avg' });
        const found = await getJson<AggregatedMetric[]>(path + search, abort.signal).catch(
          () => [],
        );
        if (abort.signal.aborted) {
          return;
        }
        histories.value = extended(histories.peek(), wanted.split(','), found);
      }
      callOff = later(MEASURE_EVERY_MS, () => void measure());
    };
    void measure();
    return () => {
      abort.abort();
      callOff();
    };
  }, [path, wanted, histories]);
  return histories.value;
}

function extended(
  histories: ReadonlyMap<string, MetricHistory>,
  names: readonly string[],
  found: readonly AggregatedMetric[],
): ReadonlyMap<string, MetricHistory> {
  const at = nowMs();
  return new Map(
    names.map((name) => {
      const metric = found.find(({ id }) => id === name);
      return [name, withPoint(histories.get(name) ?? NO_HISTORY, at, metric)];
    }),
  );
}

function choose(chosen: Signal<readonly string[]>, name: string, wanted: boolean): void {
  const others = chosen.peek().filter((other) => other !== name);
  chosen.value = wanted ? [...others, name] : others;
  localStorage.setItem(KEY, JSON.stringify(chosen.value));
}

function rememberedChoice(): readonly string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? 'null');
    return Array.isArray(kept) ? kept.map(String) : FIRST_CHOICE;
  } catch {
    return FIRST_CHOICE;
  }
}
