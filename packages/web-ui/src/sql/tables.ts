/** The tables that a query can name: one for each state, `operator.state`. */
import type { StateOperator } from '../rest/state.ts';

/** By uid, else name, else id; quoted where a name is no plain word. */
export function tableNames(operators: readonly StateOperator[]): string[] {
  return operators.flatMap(({ uid, name, operatorId, states }) =>
    states.map((state) => `${quoted(uid ?? name ?? operatorId)}.${quoted(state.name)}`),
  );
}

export function firstQuery(tables: readonly string[]): string {
  return tables[0] === undefined ? '' : `SELECT *\nFROM ${tables[0]}\nLIMIT 100`;
}

function quoted(name: string): string {
  return /^[a-z_][a-z0-9_]*$/i.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}
