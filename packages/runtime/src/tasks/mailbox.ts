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

interface Mail {
  readonly action: () => void;
  readonly ofOperator: boolean;
}

export class Mailbox {
  private mails: Mail[] = [];
  private numberOfOperatorMails = 0;
  private takesOperatorMails = true;
  private isClosed = false;
  private readonly wake: () => void;

  constructor(wake: () => void) {
    this.wake = wake;
  }

  put(action: () => void): void {
    if (this.isClosed) {
      return;
    }
    this.mails.push({ action, ofOperator: false });
    this.wake();
  }

  putOfOperator(action: () => void): void {
    if (this.isClosed || !this.takesOperatorMails) {
      return;
    }
    this.mails.push({ action, ofOperator: true });
    this.numberOfOperatorMails++;
    this.wake();
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
    if (mail?.ofOperator) {
      this.numberOfOperatorMails--;
    }
    return mail?.action;
  }
}
