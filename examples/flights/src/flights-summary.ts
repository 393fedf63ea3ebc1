/** The table at the end, made from the committed files. */
import { createReadStream, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const ROWS = 10;

interface AirportTotals {
  departures: number;
  totalDelay: number;
  worstDelay: number;
  worstHour: string;
}

export async function summarize(output: string): Promise<string> {
  const airports = new Map<string, AirportTotals>();
  let hours = 0;
  for await (const line of committedLines(join(output, 'hours'))) {
    const [airport, hour, departures, meanDelay, worstDelay] = line.split(',') as [
      string,
      string,
      string,
      string,
      string,
    ];
    hours += 1;
    addHour(airports, airport, { hour, departures, meanDelay, worstDelay });
  }
  const late = await count(committedLines(join(output, 'late')));
  const alerts = new Map<string, number>();
  for await (const line of committedLines(join(output, 'alerts'))) {
    const kind = line.split(',')[2] as string;
    alerts.set(kind, (alerts.get(kind) ?? 0) + 1);
  }
  const routes = new Map<string, number>();
  for await (const line of committedLines(join(output, 'routes'))) {
    const airport = line.slice(0, line.indexOf(','));
    routes.set(airport, (routes.get(airport) ?? 0) + 1);
  }
  const totals = [...airports].sort(([, a], [, b]) => b.departures - a.departures);
  return [
    '',
    ...table(totals.slice(0, ROWS)),
    '',
    `${hours.toLocaleString('en')} airport hours of ${airports.size} airports; ` +
      `${late.toLocaleString('en')} flights came too late for theirs`,
    routesText(routes),
    `alerts: ${[...alerts].map(([kind, n]) => `${n} ${kind}`).join(', ')}`,
    '',
  ].join('\n');
}

function routesText(routes: ReadonlyMap<string, number>): string {
  const all = [...routes.values()].reduce((sum, n) => sum + n, 0);
  const [most] = [...routes].sort(([, a], [, b]) => b - a);
  const hub = most === undefined ? '' : `; ${most[0]} has the most, ${most[1]}`;
  return `${all.toLocaleString('en')} routes${hub}`;
}

function addHour(
  airports: Map<string, AirportTotals>,
  airport: string,
  row: { hour: string; departures: string; meanDelay: string; worstDelay: string },
): void {
  const totals = airports.get(airport) ?? {
    departures: 0,
    totalDelay: 0,
    worstDelay: Number.NEGATIVE_INFINITY,
    worstHour: '',
  };
  totals.departures += Number(row.departures);
  totals.totalDelay += Number(row.meanDelay) * Number(row.departures);
  if (Number(row.worstDelay) > totals.worstDelay) {
    totals.worstDelay = Number(row.worstDelay);
    totals.worstHour = row.hour.slice(0, 16).replace('T', ' ');
  }
  airports.set(airport, totals);
}

function table(rows: readonly (readonly [string, AirportTotals])[]): string[] {
  const line = (cells: readonly string[]): string =>
    `${(cells[0] as string).padEnd(9)}${(cells[1] as string).padStart(12)}` +
    `${(cells[2] as string).padStart(14)}${(cells[3] as string).padStart(15)}  ${cells[4]}`;
  return [
    line(['airport', 'departures', 'mean delay', 'worst delay', 'in the hour of']),
    ...rows.map(([airport, totals]) =>
      line([
        airport,
        totals.departures.toLocaleString('en'),
        `${(totals.totalDelay / totals.departures).toFixed(1)} min`,
        `${totals.worstDelay.toLocaleString('en')} min`,
        totals.worstHour,
      ]),
    ),
  ];
}

/** Lines of the committed parts; what begins with a dot is not committed. */
async function* committedLines(folder: string): AsyncGenerator<string> {
  if (!existsSync(folder)) {
    return;
  }
  for (const name of readdirSync(folder).sort()) {
    if (!name.startsWith('.')) {
      yield* createInterface({ input: createReadStream(join(folder, name)) });
    }
  }
}

async function count(lines: AsyncIterable<string>): Promise<number> {
  let n = 0;
  for await (const _ of lines) {
    n += 1;
  }
  return n;
}
