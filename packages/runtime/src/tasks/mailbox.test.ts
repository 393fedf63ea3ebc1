import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Mailbox } from './mailbox.ts';

function mailboxWith(...mails: readonly ('task' | 'operator')[]) {
  const ran: string[] = [];
  let wakes = 0;
  const mailbox = new Mailbox(() => wakes++, { now: () => 0 });
  mails.forEach((of, index) => {
    const action = () => void ran.push(`${of} ${index}`);
    if (of === 'task') {
      mailbox.put(action);
    } else {
      mailbox.putOfOperator(action);
    }
  });
  return { mailbox, ran, wakes: () => wakes };
}

describe('a mailbox', () => {
  it('gives all mail in the order in which it came, and wakes the task for each', () => {
    const { mailbox, ran, wakes } = mailboxWith('task', 'operator', 'task');

    while (mailbox.hasMail) {
      mailbox.take()?.();
    }

    assert.deepEqual(ran, ['task 0', 'operator 1', 'task 2']);
    assert.equal(wakes(), 3);
    assert.equal(mailbox.hasMailOfOperators, false);
  });

  it('gives operators’ mail alone to an operator that yields', () => {
    const { mailbox, ran } = mailboxWith('task', 'operator', 'task', 'operator');

    while (mailbox.hasMailOfOperators) {
      mailbox.takeOfOperator()?.();
    }

    assert.deepEqual(ran, ['operator 1', 'operator 3']);
    assert.equal(mailbox.takeOfOperator(), undefined);
    assert.equal(mailbox.hasMail, true);
  });

  it('keeps nothing once it is closed, and wakes nobody', () => {
    const { mailbox, wakes } = mailboxWith('task', 'operator');

    mailbox.close();
    mailbox.put(() => {});
    mailbox.putOfOperator(() => {});

    assert.deepEqual([mailbox.hasMail, mailbox.hasMailOfOperators], [false, false]);
    assert.equal(wakes(), 2, 'for what came before');
  });

  it('drops operators’ mail, old and new, once it is closed to them', () => {
    const { mailbox, ran } = mailboxWith('operator', 'task');

    mailbox.closeToOperators();
    mailbox.putOfOperator(() => ran.push('late'));
    while (mailbox.hasMail) {
      mailbox.take()?.();
    }

    assert.deepEqual(ran, ['task 1']);
    assert.equal(mailbox.hasMailOfOperators, false);
  });
});
