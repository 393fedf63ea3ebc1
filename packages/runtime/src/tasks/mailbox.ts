/**
 * Actions of one task, in the order in which they came. Whatever wants to touch a task's operators
 * from outside its own calls goes through here.
 *
 * Flink: TaskMailbox.
 */

export class Mailbox {
  private actions: (() => void)[] = [];
  private readonly wake: () => void;

  constructor(wake: () => void) {
    this.wake = wake;
  }

  put(action: () => void): void {
    this.actions.push(action);
    this.wake();
  }

  get hasMail(): boolean {
    return this.actions.length > 0;
  }

  take(): (() => void) | undefined {
    return this.actions.shift();
  }

  clear(): void {
    this.actions = [];
  }
}
