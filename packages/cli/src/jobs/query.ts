/** `millrace query`: what a key has in a queryable state of a job that runs. Flink: QueryableStateClient. */
import type { CommandContext } from '../command-context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { type Column, printTable } from '../terminal/table.ts';
import { UsageError } from '../usage-error.ts';
import { openRunningJob, type RemoteJob, type ServerOptions } from './remote-job.ts';
import { askAboutState } from './state-server.ts';

export interface QueryOptions extends ServerOptions {
  readonly namespace?: string;
}

const COLUMNS: readonly Column[] = [
  { title: 'NAME' },
  { title: 'KIND' },
  { title: 'KEY' },
  { title: 'VALUE' },
  { title: 'OPERATOR' },
  { title: 'STATE' },
];

export async function query(
  wanted: string,
  name: string | undefined,
  key: string | undefined,
  options: QueryOptions,
  context: CommandContext,
): Promise<number> {
  if (name !== undefined && key === undefined) {
    throw new UsageError(
      `query: give the key too; \`millrace query ${wanted}\` lists the queryable states`,
    );
  }
  const remote = await openRunningJob(wanted, options, context);
  return name === undefined || key === undefined
    ? listStates(remote, options, context)
    : queryKey(remote, { name, key }, options, context);
}

async function queryKey(
  { client, job }: RemoteJob,
  { name, key }: { readonly name: string; readonly key: string },
  { json, namespace }: QueryOptions,
  { terminal }: CommandContext,
): Promise<number> {
  const found = await askAboutState(client, () =>
    client.call('get', '/jobs/{jobid}/queryable-states/{name}', {
      path: { jobid: job.jid, name },
      query: { key, ...(namespace === undefined ? {} : { namespace }) },
    }),
  );
  await terminal.write(
    json === true ? `${JSON.stringify(found, undefined, 2)}\n` : `${JSON.stringify(found.value)}\n`,
  );
  return EXIT_CODES.OK;
}

async function listStates(
  { client, job }: RemoteJob,
  { json }: QueryOptions,
  { terminal }: CommandContext,
): Promise<number> {
  const queryableStates = await askAboutState(client, () => client.queryableStates(job.jid));
  if (json === true) {
    await terminal.write(`${JSON.stringify(queryableStates, undefined, 2)}\n`);
    return EXIT_CODES.OK;
  }
  if (queryableStates.length === 0) {
    terminal.note('The job has no queryable state: setQueryable and asQueryableState make one.');
  }
  if (queryableStates.length > 0 || !terminal.isTerminal) {
    await printTable(
      terminal,
      COLUMNS,
      queryableStates.map((state) => [
        state.name,
        state.kind ?? undefined,
        state.keyType ?? undefined,
        state.valueType ?? undefined,
        state.operatorName,
        state.stateName,
      ]),
    );
  }
  return EXIT_CODES.OK;
}
