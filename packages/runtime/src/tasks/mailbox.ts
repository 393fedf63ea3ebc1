/**
 * Actions of one task, in the order in which they came. Whatever wants to touch a task's operators
 * from outside its own calls goes through here.
 *
 * Invariants:
 * - Operators' mail (timers, and what they put here themselves) keeps its order also where it alone
 *   is taken, while an operator yields.
 * - A closed mailbox keeps nothing and wakes nobody: whoever sends need not know that a task ended.
 *
 * Flink: TaskMailbox.
 */

import { type Clock, DescriptiveStatisticsHistogram, SimpleCounter } from '@millrace/core';

interface Mail {
  readonly action: () => void;
  readonly ofOperator: boolean;
  /** When it came into an empty mailbox, ms; -1 for one that others were before. */
  readonly sentAt: number;
}

/** As many as Flink remembers. */
const LATENCIES_REMEMBERED = 60;

/** What a mailbox tells of itself. Flink: MailboxMetricsController. */
export interface MailboxMetrics {
  readonly numMailsProcessed: SimpleCounter;
  /** How long mail waits that came into an empty mailbox, ms. */
  readonly latency: DescriptiveStatisticsHistogram;
  readonly size: number;
}

export class Mailbox implements MailboxMetrics {
  readonly numMailsProcessed: SimpleCounter = new SimpleCounter();
  readonly latency: DescriptiveStatisticsHistogram = new DescriptiveStatisticsHistogram(
    LATENCIES_REMEMBERED,
  );
  private mails: Mail[] = [];
  private numberOfOperatorMails = 0;
  private takesOperatorMails = true;
  private isClosed = false;
  private readonly wake: () => void;
  private readonly clock: Pick<Clock, 'now'>;

  constructor(wake: () => void, clock: Pick<Clock, 'now'>) {
    this.wake = wake;
    this.clock = clock;
  }

  put(action: () => void): void {
    if (this.isClosed) {
      return;
    }
    this.mails.push({ action, ofOperator: false, sentAt: this.sentAt() });
    this.wake();
  }

  putOfOperator(action: () => void): void {
    if (this.isClosed || !this.takesOperatorMails) {
      return;
    }
    this.mails.push({ action, ofOperator: true, sentAt: this.sentAt() });
    this.numberOfOperatorMails++;
    this.wake();
  }

  get size(): number {
    return this.mails.length;
  }

  get hasMail(): boolean {
    return this.mails.length > 0;
  }

  get hasMailOfOperators(): boolean {
    return this.numberOfOperatorMails > 0;
  }

  take(): (() => void) | undefined {
    return this.opened(this.mails.shift());
  }

  takeOfOperator(): (() => void) | undefined {
    const at = this.mails.findIndex(({ ofOperator }) => ofOperator);
    return at < 0 ? undefined : this.opened(this.mails.splice(at, 1)[0]);
  }

  /** Drops what operators have put here and will put: the job stops with the snapshot of now. */
  closeToOperators(): void {
    this.takesOperatorMails = false;
    this.numberOfOperatorMails = 0;
    this.mails = this.mails.filter(({ ofOperator }) => !ofOperator);
  }

  /** Drops what has come and what will come. */
  close(): void {
    this.isClosed = true;
    this.mails = [];
    this.numberOfOperatorMails = 0;
  }

  private opened(mail: Mail | undefined): (() => void) | undefined {
    if (mail === undefined) {
      return undefined;
    }
    if (mail.ofOperator) {
      this.numberOfOperatorMails--;
    }
    if (mail.sentAt >= 0) {
      this.latency.update(this.clock.now() - mail.sentAt);
    }
    this.numMailsProcessed.inc();
    return mail.action;
  }

  private sentAt(): number {
    return this.mails.length === 0 ? this.clock.now() : -1;
  }
}
