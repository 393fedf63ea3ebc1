/**
 * The job that a person means: by its id, the beginning of its id, or its name.
 *
 * Where several have the name, the one that has not ended is meant, if there is one alone.
 */
import { ConfigError } from '@millrace/core';
import type { MillraceClient } from '@millrace/rest-client';
import { isTerminal, type JobOverview } from './job-state.ts';

const LISTED_MAX = 10;

/** @throws ConfigError `JOB_UNKNOWN` when none is meant, or several are */
export async function findJob(client: MillraceClient, wanted: string): Promise<JobOverview> {
  const jobs = await client.jobs();
  const id = wanted.toLowerCase();
  const exact = jobs.find(({ jid }) => jid === id);
  if (exact !== undefined) {
    return exact;
  }
  const named = jobs.filter(({ name }) => name === wanted);
  const begin = /^[0-9a-f]+$/.test(id) ? jobs.filter(({ jid }) => jid.startsWith(id)) : [];
  const meant = named.length > 0 ? named : begin;
  const live = meant.filter(({ state }) => !isTerminal(state));
  const [only] = live.length === 1 ? live : meant.length === 1 ? meant : [];
  if (only !== undefined) {
    return only;
  }
  if (meant.length > 1) {
    throw unknown(
      `${meant.length} jobs of ${client.address} are ${quoted(wanted)}: ${listed(meant)}; give more of the id`,
    );
  }
  const there =
    jobs.length === 0
      ? 'it has no job'
      : `it has ${listed(jobs)}; give an id, its beginning, or a name`;
  throw unknown(`no job of ${client.address} is ${quoted(wanted)}; ${there}`);
}

function listed(jobs: readonly JobOverview[]): string {
  const shown = jobs
    .slice(0, LISTED_MAX)
    .map(({ jid, name, state }) => `${jid} (${name}, ${state})`);
  const rest = jobs.length - shown.length;
  return `${shown.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}

function unknown(message: string): ConfigError {
  return new ConfigError('JOB_UNKNOWN', message);
}
