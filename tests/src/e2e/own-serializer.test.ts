/** A serializer of the user's own, over its versions. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { registerSerializerSnapshot, type TypeInformation } from 'millrace';
import { evolvingProgram, runVersion, type Version } from './evolving-program.ts';
import { assertError, failureOf } from './failures.ts';
import { MONEY_SNAPSHOT, money, readMoneySnapshot } from './money-serializer.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-own-serializer-'));
after(() => rmSync(folder, { recursive: true, force: true }));

let runs = 0;

function version(
  type: TypeInformation<unknown>,
  make: (n: number) => unknown,
  rest: Partial<Version<unknown>> = {},
): Version<unknown> {
  return { folder: join(folder, `run-${runs++}`), type, make, records: 3, ...rest };
}

describe('a serializer of one’s own', () => {
  it('that no reader is registered for is an error that says what to register', async () => {
    const first = version(money(1), (cents) => ({ cents }));
    const from = await runVersion(first);

    const error = await failureOf(() =>
      evolvingProgram(version(first.type, first.make, { from })).execute(),
    );

    assertError(
      error,
      'SERIALIZER_SNAPSHOT_UNKNOWN',
      /operator '\w+' \(uid '\w+'\): .*state '[\w-]+': .*registerSerializerSnapshot\('com\.acme\.MoneySerializerSnapshot', read\)/,
    );
  });

  it('migrates, migrates again, is reconfigured, and is refused with its own reason', async () => {
    registerSerializerSnapshot(MONEY_SNAPSHOT, readMoneySnapshot);
    const of = (currency: string) => (cents: number) => ({ cents, currency });
    const lists = new Map<unknown, readonly unknown[]>();
    const onSeen: Version<unknown>['onSeen'] = (key, { list }) => lists.set(key, list);

    const one = await runVersion(version(money(1), (cents) => ({ cents })));
    const two = await runVersion(version(money(2), of('USD'), { from: one }));
    const known = ['CHF', 'EUR', 'USD'];
    const three = await runVersion(version(money(3, known), of('CHF'), { from: two }));
    const last = version(money(3, ['JPY', 'USD', 'EUR', 'CHF']), of('JPY'), {
      from: three,
      onSeen,
    });
    const reconfigured = await runVersion(last);
    const error = await failureOf(() =>
      evolvingProgram(version(money(2), of('EUR'), { from: reconfigured })).execute(),
    );

    assert.equal(lists.size, 3);
    for (const [key, list] of lists as Map<number, unknown[]>) {
      assert.deepEqual(list, [
        { cents: key, currency: 'EUR' },
        { cents: key + 3, currency: 'USD' },
        { cents: key + 6, currency: 'CHF' },
      ]);
    }
    assertError(
      error,
      'STATE_INCOMPATIBLE',
      /state 'value' of operator 'Keep' \(uid 'keep'\): Money in the snapshot, Money in the program: money cannot forget its currency;/,
    );
  });

  it('keeps what a reconfigured serializer wrote', async () => {
    registerSerializerSnapshot(MONEY_SNAPSHOT, readMoneySnapshot);
    const of = (currency: string) => (cents: number) => ({ cents, currency });
    const values: unknown[] = [];
    const first = await runVersion(version(money(3, ['EUR', 'USD']), of('USD')));
    const second = await runVersion(
      version(money(3, ['JPY', 'USD', 'EUR']), of('JPY'), { from: first }),
    );

    await runVersion(
      version(money(3, ['USD', 'JPY', 'EUR']), of('EUR'), {
        from: second,
        onSeen: (_key, { list }) =>
          values.push(...list.map((each) => (each as { currency: string }).currency)),
      }),
    );

    assert.deepEqual(values, ['USD', 'JPY', 'USD', 'JPY', 'USD', 'JPY']);
  });
});
