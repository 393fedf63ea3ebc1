/**
 * Asks a REST endpoint at a steady rate, as a process of its own: `node request-load.js URL RATE PATH...`.
 * `{job}` in a path is the job that runs, as long as one does.
 *
 * It speaks HTTP/1.1 over `CONNECTIONS` kept-alive sockets by itself, one request at a time on each, and
 * reads of an answer its status and length alone: it runs on the machine of the job, and what it costs is
 * taken for what the endpoint costs. Node's own client takes several times as much.
 *
 * Begins and rests at the messages `ask` and `rest`, so that one process, whose code is warm, serves many
 * runs. Tells after `ask` that it asks; to `how many?` how many answers it got so far and what they cost it; and
 * each that is not 200. Ends with its parent.
 */
import { connect, type Socket } from 'node:net';

const [url = '', rate = '1000', ...paths] = process.argv.slice(2);
const { hostname, port, pathname, host } = new URL(url);
const prefix = pathname.replace(/\/$/, '');
const TICK_MS = 10;
const CONNECTIONS = 32;
const JOB_LOOKED_FOR_EVERY_MS = 200;
const END_OF_HEAD = Buffer.from('\r\n\r\n');

let asked = 0;
let answered = 0;
let job = '';
/** What is due counts from then; `undefined` while it rests. */
let begin: number | undefined;
const idle: Connection[] = [];
/** Due, while all connections wait for an answer. */
const waiting: string[] = [];

class Connection {
  private readonly socket: Socket;
  private path = '';
  /** Of the answer, behind what has come of it; `undefined` before its head is whole. */
  private missingBytes: number | undefined;
  private head: Buffer = Buffer.alloc(0);

  constructor() {
    this.socket = connect({ host: hostname, port: Number(port), noDelay: true });
    this.socket.on('data', (bytes) => this.receive(bytes));
    this.socket.on('error', (error) => process.send?.({ error: error.message }));
  }

  ask(path: string): void {
    this.path = path;
    this.socket.write(`GET ${prefix}${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`, 'latin1');
  }

  private receive(bytes: Buffer): void {
    if (this.missingBytes === undefined) {
      this.head = this.head.length === 0 ? bytes : Buffer.concat([this.head, bytes]);
      const end = this.head.indexOf(END_OF_HEAD);
      if (end < 0) {
        return;
      }
      const head = this.head.toString('latin1', 0, end);
      const length = /content-length: *(\d+)/i.exec(head)?.[1];
      if (!head.startsWith('HTTP/1.1 200') || length === undefined) {
        process.send?.({ error: `${this.path}: ${head.slice(0, 40)}` });
      }
      this.missingBytes = end + END_OF_HEAD.length + Number(length) - this.head.length;
    } else {
      this.missingBytes -= bytes.length;
    }
    if (this.missingBytes <= 0) {
      this.missingBytes = undefined;
      this.head = Buffer.alloc(0);
      answered++;
      const next = waiting.shift();
      if (next === undefined) {
        idle.push(this);
      } else {
        this.ask(next);
      }
    }
  }
}

function lookForJob(): void {
  void fetch(`${url}/jobs/overview`)
    .then((answer) => answer.json())
    .then((overview) => {
      const { jobs } = overview as { readonly jobs: readonly { jid: string; state: string }[] };
      job = (jobs.find(({ state }) => state === 'RUNNING') ?? jobs[0])?.jid ?? job;
    })
    .catch((error: Error) => process.send?.({ error: error.message }));
}

for (let connection = 0; connection < CONNECTIONS; connection++) {
  idle.push(new Connection());
}
setInterval(() => {
  if (begin !== undefined) {
    lookForJob();
  }
}, JOB_LOOKED_FOR_EVERY_MS);
setInterval(() => {
  if (begin === undefined) {
    return;
  }
  const due = ((performance.now() - begin) / 1000) * Number(rate);
  for (; asked < due; asked++) {
    const path = paths[asked % paths.length] ?? '/overview';
    const asks = job === '' ? '/overview' : path.replace('{job}', job);
    const connection = idle.pop();
    if (connection === undefined) {
      waiting.push(asks);
    } else {
      connection.ask(asks);
    }
  }
}, TICK_MS);
process.on('message', (message) => {
  switch (message) {
    case 'ask':
      begin = performance.now();
      asked = 0;
      lookForJob();
      process.send?.({});
      return;
    case 'rest':
      begin = undefined;
      return;
    default: {
      const { user, system } = process.cpuUsage();
      process.send?.({ answered, cpuUs: user + system });
    }
  }
});
process.on('disconnect', () => process.exit());
