/** A cluster that answers with what real Flink 1.20 answered; what was not recorded is not known. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Answer, Cluster } from './site-server.ts';

interface Recording {
  readonly method: string;
  readonly template: string;
  readonly path: string;
  readonly status: number;
  readonly body?: unknown;
  readonly text?: string;
}

const FOLDER = fileURLToPath(new URL('../../fixtures/flink-rest/', import.meta.url));

/** Ids of jobs in the recordings. */
export const RECORDED_RUNNING = '30ef3b76de442b21b15f319f85d01947';
export const RECORDED_FAILED = 'aaa482ecbf2c1bf8e9ce5f720ede14c3';

export function recordedFlink(): Cluster {
  const answers = new Map<string, Answer>();
  for (const file of readdirSync(FOLDER).sort()) {
    if (file.endsWith('.json')) {
      const recording = JSON.parse(readFileSync(FOLDER + file, 'utf8')) as Recording;
      const [path = ''] = recording.path.slice(1).split('?', 1);
      // The later answer counts, so an operation is completed.
      answers.set(`${recording.method} ${path}${recording.path.includes('?get=') ? '?get' : ''}`, {
        status: recording.status,
        body: recording.body ?? recording.text ?? '',
      });
    }
  }
  return ({ method, path, query }) => {
    return answers.get(`${method} ${decodeURIComponent(path)}${query.has('get') ? '?get' : ''}`);
  };
}
