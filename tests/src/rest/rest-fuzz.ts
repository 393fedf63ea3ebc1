/**
 * Requests at random, most of them broken: methods, paths, encodings, headers, bodies; several at once, cut
 * short, or huge. Each must be answered in Flink's form or its connection closed, and none may show a
 * stack or where our files are.
 */
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';

/** Numbers in `[0, 1)` that a seed repeats. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const METHODS = [
  'GET',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'HEAD',
  'OPTIONS',
  'TRACE',
  'BREW',
  '',
  'get',
];
const ID = 'a'.repeat(32);
const PATHS = [
  '/',
  '/overview',
  '/config',
  '/jobs',
  '/jobs/overview',
  '/jobs/:id',
  '/jobs/:id/plan',
  '/jobs/:id/savepoints',
  '/jobs/:id/savepoints/:id',
  '/jobs/:id/stop',
  '/jobs/:id/checkpoints',
  '/jobs/:id/checkpoints/details/1',
  '/jobs/:id/vertices/:id',
  '/jobs/:id/vertices/:id/subtasks/0/attempts/0',
  '/jobs/:id/exceptions',
  '/jobs/:id/resource-requirements',
  '/jobs/:id/clientHeartbeat',
  '/savepoint-disposal',
  '/datasets/x',
  '/taskmanagers',
  '/metrics',
  '/jobs/metrics',
  '/openapi.json',
  '/jars/upload',
  '/jobmanager/config',
  '/jobmanager/environment',
  '/jobmanager/logs',
  '/jobmanager/logs/:file',
  '/taskmanagers/:file',
  '/taskmanagers/:file/logs',
];
/** Of the job that runs; what would end it is among the others, with an id of no job. */
const JOB_PATHS = [
  '',
  '/plan',
  '/config',
  '/exceptions',
  '/accumulators',
  '/metrics?get=:number',
  '/resource-requirements',
  '/savepoints',
  '/savepoints/:id',
  '/checkpoints',
  '/checkpoints/config',
  '/checkpoints/details/:number',
  '/checkpoints/details/:number/subtasks/:vertex',
  '/checkpoints/details/:number/diagnosis',
  '/vertices/:vertex',
  '/vertices/:vertex/metrics?get=:number',
  '/vertices/:vertex/backpressure',
  '/vertices/:vertex/watermarks',
  '/vertices/:vertex/subtasktimes',
  '/vertices/:vertex/subtasks/metrics?subtasks=:number',
  '/vertices/:vertex/subtasks/:number',
  '/vertices/:vertex/subtasks/:number/metrics?get=a',
  '/vertices/:vertex/subtasks/:number/attempts/:number',
  '/queryable-states',
  '/queryable-states/:name?key=:number',
  '/snapshots',
  '/state?source=:number',
  '/state/:operator/sizes?source=:number',
  '/state/:operator/:name?key=:number',
  '/state/:operator/:name/entries?limit=:number',
  '/state/:operator/:name/entries?cursor=:number',
  '/state/:operator/:name/keys/largest?limit=:number',
  '/state/:operator/keys/hottest?limit=:number',
  '/sql',
].map((path) => `/jobs/:job${path}`);
const NUMBERS = [
  '0',
  '1',
  '-1',
  '',
  'x',
  'NaN',
  '1e9',
  '99999999999999999999',
  '%00',
  '{}',
  '0-9e9',
];
const NAMES = ['count', 'again', 'parts', 'nope', '__proto__', '%27'];
const PIECES = [
  '/..',
  '/%2e%2e',
  '/%00',
  '/%',
  '/%zz',
  '//',
  '?',
  '?mode=',
  '?get=a,b',
  '?maxExceptions=-1',
  '?x[]=1',
  '/\\',
  '#',
  ';',
  '/é',
  '/%ff%fe',
  `/${'x'.repeat(5000)}`,
  `/${'x'.repeat(300)}`,
  `/${'%61'.repeat(2000)}`,
  `/${'%C3%A9'.repeat(200)}`,
  `/${'a/'.repeat(3000)}`,
  '/a%00b',
  '/index.html/x',
  '/%c0%af',
  '/%ed%a0%80',
  '/%u0061',
  '/\u202e',
  '?key=%00',
  '?source=%ff',
  '/..%2f..%2fetc/passwd',
  '?maxExceptions=1e99',
  '/constructor',
  '/__proto__',
];
const BODIES = [
  '',
  '{}',
  '{',
  '[]',
  'null',
  '"',
  '1e999',
  '{"a":1}',
  '{"triggerId":"x"}',
  '{"triggerId":1}',
  '{"__proto__":{}}',
  '{"cancel-job":"maybe"}',
  '{"target-directory":{}}',
  '{"drain":true,"drain":false}',
  '[['.repeat(50_000),
  `{"target-directory":"${'y'.repeat(200_000)}"}`,
  '\u0000\u0001',
  '{"checkpointType":"NO"}',
  '{"expiredTimestamp":1e400}',
  '{"query":""}',
  '{"query":"select"}',
  '{"query":"select 1; select 2"}',
  '{"query":"select * from counts.count","limit":-1}',
  '{"query":"select * from counts.nope"}',
  '{"query":1}',
  `{"query":"${'('.repeat(5000)}"}`,
];
const HEADERS = [
  'content-type: application/json',
  'content-type: multipart/form-data; boundary=x',
  'content-type: \u0001',
  'expect: a miracle',
  'content-length: -1',
  'content-length: 9999999999',
  'transfer-encoding: chunked',
  'transfer-encoding: gzip',
  'host:',
  'authorization: Bearer',
  'x: '.padEnd(20_000, 'z'),
  'no colon',
  'connection: upgrade\r\nupgrade: websocket',
  'accept-encoding: br',
];

export interface FuzzResult {
  readonly requests: number;
  /** How many answers there were of each status; 0 is a connection that was closed without. */
  readonly statuses: ReadonlyMap<number, number>;
  /** What must not be, with the request. */
  readonly faults: readonly string[];
}

/** A job that runs while it is asked about. */
export interface FuzzedJob {
  readonly jobId: string;
  readonly vertexId: string;
  readonly operatorId: string;
}

export async function fuzzRest(
  address: { readonly host: string; readonly port: number },
  options: { readonly seed: number; readonly requests: number; readonly job: FuzzedJob },
): Promise<FuzzResult> {
  const random = randomOf(options.seed);
  const statuses = new Map<number, number>();
  const faults: string[] = [];
  let sent = 0;
  while (sent < options.requests) {
    const batch = Array.from({ length: Math.min(20, options.requests - sent) }, () =>
      requestOf(random, options.job),
    );
    sent += batch.length;
    const answers = await Promise.all(batch.map((request) => send(address, request)));
    for (const [index, answer] of answers.entries()) {
      for (const status of statusesOf(answer)) {
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
      const fault = faultOf(answer);
      if (fault !== undefined) {
        faults.push(`${fault}\n${batch[index]!.slice(0, 300)}\n→ ${answer.slice(0, 600)}`);
      }
    }
  }
  return { requests: sent, statuses, faults };
}

function requestOf(random: () => number, job: FuzzedJob): string {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  const count = random() < 0.1 ? 3 : 1; // Pipelined.
  let text = '';
  for (let index = 0; index < count; index++) {
    const method = random() < 0.4 ? 'GET' : pick(METHODS);
    const idOr = (id: string) => (random() < 0.7 ? id : pick(['x', '', '%', ID.slice(1)]));
    const path = pick(random() < 0.5 ? PATHS : JOB_PATHS)
      .replaceAll(':id', () => idOr(ID))
      .replaceAll(':job', method === 'PATCH' ? ID : job.jobId)
      .replaceAll(':vertex', () => idOr(job.vertexId))
      .replaceAll(':operator', () => idOr(pick(['counts', job.operatorId])))
      .replaceAll(':number', () => pick(NUMBERS))
      .replaceAll(':file', () => pick(['x', 'local', '..%2f..', '%00', '.']))
      .replaceAll(':name', () => pick(NAMES));
    const piece = random() < 0.5 ? pick(PIECES) : '';
    const body = pick(BODIES);
    const headers = ['host: localhost', `content-length: ${Buffer.byteLength(body)}`];
    if (random() < 0.5) {
      headers.push(pick(HEADERS));
    }
    text += `${method} ${path}${piece} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n${body}`;
  }
  return random() < 0.1 ? text.slice(0, Math.floor(random() * text.length)) : text; // Cut short.
}

/** Where this project is. */
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Ends the sending half after the request: what is cut short then has no more to come. */
function send(
  address: { readonly host: string; readonly port: number },
  text: string,
): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect(address, () => socket.end(text));
    const timer = setTimeout(() => {
      chunks.push(Buffer.from('\n[HANGS]'));
      socket.destroy();
    }, 20_000);
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(Buffer.concat(chunks).toString());
    });
  });
}

function statusesOf(answer: string): number[] {
  const found = [...answer.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));
  return found.length === 0 ? [0] : found;
}

function faultOf(answer: string): string | undefined {
  if (answer.endsWith('[HANGS]')) {
    return 'the request hangs';
  }
  if (/\n\s+at |\\n\s+at |node_modules|file:\/\/\/|\.[jt]s:\d+/.test(answer)) {
    return 'a stack of ours is shown';
  }
  if (answer.includes(ROOT)) {
    return 'a folder of this machine is shown';
  }
  const parts = answer.split(/(?=HTTP\/1\.1 \d{3})/).filter((part) => part !== '');
  const failed = parts.find((part) => Number(part.slice(9, 12)) >= 500 && !isMeant(part));
  if (failed !== undefined) {
    return 'a failure of ours, for what the client got wrong';
  }
  const formless = parts.find((part) => {
    const status = Number(part.slice(9, 12));
    const body = part.slice(part.indexOf('\r\n\r\n') + 4);
    return status >= 400 && body !== '' && !body.startsWith('{"errors":["');
  });
  return formless === undefined ? undefined : 'an error has not the form of Flink';
}

/** Flink's own answer. */
function isMeant(answer: string): boolean {
  return answer.includes('Rescaling is temporarily disabled');
}
