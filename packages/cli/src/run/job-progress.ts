/**
 * One line below what a program prints: the state of its job, its rate, its last checkpoint.
 *
 * Invariant: what the program prints is whole. The line is taken away before each piece of it, and
 * comes back only behind an end of line.
 */
import type { ChildProcess } from 'node:child_process';
import type { Clock, Timer } from '@millrace/core';
import type { JobDetailsInfo, MillraceClient } from '@millrace/rest-client';
import { clientOf } from '../rest/open-client.ts';
import { humanBytes, humanCount, humanSeconds } from '../terminal/sizes.ts';
import { StatusLine } from '../terminal/status-line.ts';
import { printable, type Terminal } from '../terminal/terminal.ts';
import { isEndpointMessage } from './endpoint-message.ts';
import { RecordRate } from './record-rate.ts';

const INTERVAL_MS = 1_000;
const TIMEOUT_MS = 5_000;

export class JobProgress {
  private readonly line: StatusLine;
  private readonly clock: Clock;
  private readonly stopped: AbortController = new AbortController();
  private timer: Timer | undefined = undefined;
  private text: string = '';
  /** The cursor is where a line begins. */
  private isAtLineStart: boolean = true;
  private readonly rate: RecordRate = new RecordRate();

  constructor(child: ChildProcess, terminal: Terminal, clock: Clock) {
    this.clock = clock;
    this.line = new StatusLine(terminal, clock);
    child.stdout?.on('data', (chunk: Buffer) => this.pass(chunk, process.stdout));
    child.stderr?.on('data', (chunk: Buffer) => this.pass(chunk, process.stderr));
    child.on('message', (message) => {
      if (isEndpointMessage(message)) {
        this.watch(
          clientOf({
            address: new URL(message.url),
            token: message.token,
            signal: this.stopped.signal,
            timeoutMs: TIMEOUT_MS,
          }),
        );
      }
    });
  }

  end(): void {
    this.stopped.abort();
    this.timer?.cancel();
    this.line.end();
  }

  private pass(chunk: Buffer, to: NodeJS.WriteStream): void {
    this.line.end();
    to.write(chunk);
    this.isAtLineStart = chunk.at(-1) === 0x0a;
    this.show();
  }

  private show(): void {
    if (this.isAtLineStart && this.text !== '' && !this.stopped.signal.aborted) {
      this.line.show(this.text);
    }
  }

  private watch(client: MillraceClient): void {
    const look = async (): Promise<void> => {
      try {
        this.text = await this.describe(client);
      } catch {
        this.text = ''; // The endpoint is gone, or busy; the program itself says what is wrong.
      }
      if (!this.stopped.signal.aborted) {
        this.line.end();
        this.show();
        this.timer = this.clock.setTimer(INTERVAL_MS, () => void look());
      }
    };
    void look();
  }

  private async describe(client: MillraceClient): Promise<string> {
    const jobs = await client.jobs();
    const job = [...jobs].sort((a, b) => b['start-time'] - a['start-time'])[0];
    if (job === undefined) {
      return '';
    }
    const path = { jobid: job.jid };
    const details = await client.call('get', '/jobs/{jobid}', { path });
    const checkpoint = await this.lastCheckpoint(client, job.jid);
    const parts = [
      `${printable(job.name)} ${job.state}`,
      `${humanCount(this.rateOf(details))} records/s`,
      ...(checkpoint === '' ? [] : [checkpoint]),
      `${client.address}`,
    ];
    return parts.join('  ');
  }

  /** Of the task through which most records go. */
  private rateOf({ vertices }: JobDetailsInfo): number {
    const counts = vertices.map(({ metrics }) =>
      Math.max(metrics['read-records'], metrics['write-records']),
    );
    return this.rate.update(Math.max(0, ...counts), this.clock.now());
  }

  private async lastCheckpoint(client: MillraceClient, jobId: string): Promise<string> {
    const completed = await client
      .call('get', '/jobs/{jobid}/checkpoints', { path: { jobid: jobId } })
      .then(({ latest }) => latest.completed)
      .catch(() => null); // A job that takes none.
    if (completed === null) {
      return '';
    }
    const agoMs = this.clock.now() - completed.latest_ack_timestamp;
    const size = humanBytes(completed.checkpointed_size);
    return `checkpoint ${completed.id}: ${size}, ${humanSeconds(Math.max(0, agoMs) / 1_000)} ago`;
  }
}
