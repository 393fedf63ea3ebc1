/**
 * What the flights example must find, worked out by another engine (DuckDB) from the same file.
 *
 * Nothing of the example or of Millrace is used: the rules are said anew, in SQL over the order of
 * the file. Only how the weighed delay fades is a loop here, as SQL has no recurrence.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';

/** Two collections of rows against each other, each row as often as it comes. */
export interface Comparison {
  readonly expectedRows: number;
  /** Some of the rows that are wanted and not there. */
  readonly missing: readonly string[];
  /** Some of the rows that are there and not wanted. */
  readonly unexpected: readonly string[];
}

const DIFFERENCES_SHOWN = 5;
const HOUR_MS = 3_600_000;

/**
 * The watermark that a flight meets is that of all before it in the file. `epoch_ms` floors to
 * milliseconds; windows floor to hours.
 */
const FLIGHTS = `
  SELECT *, coalesce(max(due) OVER before - 2 * ${HOUR_MS} - 1, -1e18) AS watermark,
    floor(due / ${HOUR_MS}) * ${HOUR_MS} AS hour
  FROM (
    SELECT file_row_number AS position, epoch_ms(date) AS date, delay, distance, origin, destination,
      epoch_ms(date) - greatest(delay, 0) * 60000 AS due
    FROM read_parquet($parquet, file_row_number = true)
  )
  WINDOW before AS (ORDER BY position ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)`;

const EXPECTED = {
  hours: `
    SELECT origin, hour::BIGINT, count(*), sum(delay)::DOUBLE / count(*), max(delay)
    FROM flights WHERE NOT (hour + ${HOUR_MS} - 1 <= watermark) GROUP BY origin, hour`,
  late: `
    SELECT date, delay, distance, origin, destination
    FROM flights WHERE hour + ${HOUR_MS} - 1 <= watermark`,
  /** An airport is silent when the watermark passes its last departure and a day more. */
  silences: `
    WITH gaps AS (
      SELECT origin, date AS last, lead(date) OVER departures AS next,
        coalesce(lead(watermark) OVER departures,
          (SELECT max(due) - 2 * ${HOUR_MS} - 1 FROM flights)) AS watermark
      FROM flights WINDOW departures AS (PARTITION BY origin ORDER BY position)
    ), silences AS (FROM gaps WHERE last + 24 * ${HOUR_MS} <= watermark)
    SELECT origin, last + 24 * ${HOUR_MS}, 'silent', 24 FROM silences
    UNION ALL
    SELECT origin, next, 'speaks-again', floor((next - last) / ${HOUR_MS} * 10 + 0.5) / 10
    FROM silences WHERE next IS NOT NULL`,
  routes: `
    SELECT origin, destination, date, row_number() OVER (PARTITION BY origin ORDER BY position)
    FROM (
      SELECT origin, destination, arg_min(date, position) AS date, min(position) AS position
      FROM flights GROUP BY origin, destination
    )`,
} as const;

const ACTUAL = {
  hours: `SELECT column0, epoch_ms(column1::TIMESTAMPTZ), column2, column3, column4`,
  late: `SELECT column0, column1, column2, column3, column4`,
  silences: `SELECT column0, epoch_ms(column1::TIMESTAMPTZ), column2, column3`,
  routes: `SELECT column0, column1, epoch_ms(column2::TIMESTAMPTZ), column3`,
} as const;

/** How DuckDB reads the columns of the parts. */
const COLUMN_TYPES = {
  hours: ['VARCHAR', 'VARCHAR', 'BIGINT', 'DOUBLE', 'BIGINT'],
  late: ['BIGINT', 'BIGINT', 'BIGINT', 'VARCHAR', 'VARCHAR'],
  silences: ['VARCHAR', 'VARCHAR', 'VARCHAR', 'DOUBLE'],
  routes: ['VARCHAR', 'VARCHAR', 'VARCHAR', 'BIGINT'],
} as const;

const FADE_PER_HOUR = 0.5;
const WEIGHT_MIN = 5;
const PILE_UP_MINUTES = 60;

export class FlightsOracle {
  private readonly instance: DuckDBInstance;
  private readonly connection: DuckDBConnection;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection) {
    this.instance = instance;
    this.connection = connection;
  }

  static async open(parquet: string): Promise<FlightsOracle> {
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await DuckDBConnection.create(instance);
    const sql = FLIGHTS.replace('$parquet', quoted(parquet));
    await connection.run(`CREATE TABLE flights AS ${sql}`);
    return new FlightsOracle(instance, connection);
  }

  close(): void {
    this.connection.closeSync();
    this.instance.closeSync();
  }

  /** @param folder - the committed parts of the example's hours */
  compareHours(folder: string): Promise<Comparison> {
    return this.compare('hours', folder);
  }

  /** @param folder - the committed parts of the example's late flights */
  compareLate(folder: string): Promise<Comparison> {
    return this.compare('late', folder);
  }

  /** @param folder - the committed parts of the example's alerts */
  compareSilences(folder: string): Promise<Comparison> {
    return this.compare('silences', folder, `WHERE column2 IN ('silent', 'speaks-again')`);
  }

  /** @param folder - the committed parts of the example's routes */
  compareRoutes(folder: string): Promise<Comparison> {
    return this.compare('routes', folder);
  }

  /** The alerts about delays as the example writes them, those of each airport in their order. */
  async delayAlerts(): Promise<Map<string, string[]>> {
    const [origins, dates, delays] = (await this.columns(
      'SELECT origin, date::DOUBLE, delay::DOUBLE FROM flights ORDER BY origin, position',
    )) as [string[], number[], number[]];
    const alerts = new Map<string, string[]>();
    let airport: string | undefined;
    let last = 0;
    let delaySum = 0;
    let weightSum = 0;
    let alarmed = false;
    for (const [row, origin] of origins.entries()) {
      const date = dates[row] as number;
      if (origin !== airport) {
        airport = origin;
        last = date;
        delaySum = 0;
        weightSum = 0;
        alarmed = false;
      }
      const fade = FADE_PER_HOUR ** ((date - last) / HOUR_MS);
      last = date;
      delaySum = delaySum * fade + (delays[row] as number);
      weightSum = weightSum * fade + 1;
      const mean = delaySum / weightSum;
      const begins: boolean = !alarmed && weightSum >= WEIGHT_MIN && mean >= PILE_UP_MINUTES;
      if (begins || (alarmed && mean < PILE_UP_MINUTES / 2)) {
        alarmed = begins;
        const kind = begins ? 'delays-pile-up' : 'delays-ease';
        const line = `${origin},${new Date(date).toISOString()},${kind},${Math.round(mean * 10) / 10}`;
        alerts.set(origin, [...(alerts.get(origin) ?? []), line]);
      }
    }
    return alerts;
  }

  private async compare(
    kind: keyof typeof EXPECTED,
    folder: string,
    where = '',
  ): Promise<Comparison> {
    const types = COLUMN_TYPES[kind].map((type, column) => `'column${column}': '${type}'`);
    const parts = committedParts(folder).map(quoted).join(', ');
    const csv = `read_csv([${parts}], header = false, columns = {${types.join(', ')}})`;
    await this.connection.run(`CREATE OR REPLACE TABLE expected AS ${EXPECTED[kind]}`);
    await this.connection.run(
      `CREATE OR REPLACE TABLE actual AS ${ACTUAL[kind]} FROM ${csv} ${where}`,
    );
    const [counts] = await this.columns('SELECT count(*)::DOUBLE FROM expected');
    return {
      expectedRows: counts?.[0] as number,
      missing: await this.difference('expected', 'actual'),
      unexpected: await this.difference('actual', 'expected'),
    };
  }

  private async difference(of: string, without: string): Promise<string[]> {
    const reader = await this.connection.runAndReadAll(
      `(FROM ${of} EXCEPT ALL FROM ${without}) LIMIT ${DIFFERENCES_SHOWN}`,
    );
    return reader.getRows().map((row) => row.join(','));
  }

  private async columns(sql: string): Promise<unknown[][]> {
    const reader = await this.connection.runAndReadAll(sql);
    return reader.getColumns();
  }
}

/** Paths of the files that count as results: hidden ones do not. */
export function committedParts(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => !name.startsWith('.'))
    .sort()
    .map((name) => join(folder, name));
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
