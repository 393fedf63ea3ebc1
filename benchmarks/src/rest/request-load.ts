/**
 * Asks a REST endpoint at a steady rate, as a process of its own: `node request-load.js URL RATE PATH...`.
 * `{job}` in a path is the job that runs, as long as one does.
 *
 * Tells that it asks; to each message how many answers it got so far; and each that is not 200. Ends with its parent.
 */
import { Agent, get } from 'node:http';

const [url = '', rate = '1000', ...paths] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: 32 });
const TICK_MS = 10;
const JOB_LOOKED_FOR_EVERY_MS = 200;

let asked = 0;
let answered = 0;
const begin = performance.now();

function ask(path: string): void {
  get(`${url}${path}`, { agent }, (answer) => {
    answer.resume();
    answer.on('end', () => {
      if (answer.statusCode !== 200) {
        process.send?.({ error: `${path}: ${answer.statusCode}` });
      }
      answered++;
    });
  }).on('error', (error) => process.send?.({ error: error.message }));
}

let job = '';

function lookForJob(): void {
  void fetch(`${url}/jobs/overview`)
    .then((answer) => answer.json())
    .then((overview) => {
      const { jobs } = overview as { readonly jobs: readonly { jid: string; state: string }[] };
      job = (jobs.find(({ state }) => state === 'RUNNING') ?? jobs[0])?.jid ?? job;
    })
    .catch((error: Error) => process.send?.({ error: error.message }));
}

lookForJob();
setInterval(lookForJob, JOB_LOOKED_FOR_EVERY_MS);
setInterval(() => {
  const due = ((performance.now() - begin) / 1000) * Number(rate);
  for (; asked < due; asked++) {
    const path = paths[asked % paths.length] ?? '/overview';
    ask(job === '' ? '/overview' : path.replace('{job}', job));
  }
}, TICK_MS);
process.on('message', () => process.send?.({ answered }));
process.send?.({});
process.on('disconnect', () => process.exit());
