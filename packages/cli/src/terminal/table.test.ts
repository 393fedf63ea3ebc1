import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatTable, TableWriter } from './table.ts';

const COLUMNS = [{ title: 'NAME' }, { title: 'BYTES', align: 'right' }] as const;
const plain = (_style: string, text: string): string => text;
const piped = { isTerminal: false, columns: 80, style: plain };
const terminal = (columns: number) => ({ isTerminal: true, columns, style: plain });

function widthsOf(text: string): number[] {
  return text.split('\n').map((line) => [...line].length);
}

describe('a table', () => {
  it('has no borders and tabs between fields where no terminal is', () => {
    const text = formatTable(
      COLUMNS,
      [
        ['a b', 1],
        [undefined, 23],
      ],
      piped,
    );

    assert.equal(text, 'NAME\tBYTES\na b\t1\n-\t23\n');
  });

  it('has aligned columns on a terminal', () => {
    const text = formatTable(
      COLUMNS,
      [
        ['first', 1],
        ['x', 234567],
      ],
      terminal(80),
    );

    assert.equal(text, 'NAME    BYTES\n─────  ──────\nfirst       1\nx      234567\n');
  });

  it('fits the terminal: the widest cells are cut with …', () => {
    const long = 'x'.repeat(200);

    const text = formatTable(COLUMNS, [[long, 123456]], terminal(40));

    assert.ok(Math.max(...widthsOf(text)) <= 40);
    assert.match(text, /x… {2}123456\n$/);
  });

  it('is a line a field where columns do not fit the terminal', () => {
    const columns = ['A', 'B', 'C', 'D', 'E'].map((title) => ({ title }));

    const text = formatTable(
      columns,
      [
        ['first', 'a longer text', '', '状態状態状態状態', undefined],
        ['second', 'b', 'c', 'd', 5],
      ],
      terminal(12),
    );

    assert.equal(
      text,
      'A first\nB a longer …\nD 状態状態…\nE -\n\nA second\nB b\nC c\nD d\nE 5\n\n',
    );
  });

  it('cuts text before it cuts numbers', () => {
    const text = formatTable(COLUMNS, [['a name', 1_234_567_890_123]], terminal(20));

    assert.equal(text.split('\n')[2], 'a na…  1234567890123');
  });

  it('counts wide characters as two', () => {
    const text = formatTable(
      COLUMNS,
      [
        ['状態', 1],
        ['abcd', 2],
      ],
      terminal(80),
    );

    assert.deepEqual(text.split('\n').slice(2, 4), ['状態      1', 'abcd      2']);
  });

  it('shows control characters as escapes, so that a snapshot cannot steer the terminal', () => {
    for (const layout of [piped, terminal(80)]) {
      const text = formatTable(COLUMNS, [['a\tb\n\u001b[2Jc\u009b', 1]], layout);

      assert.ok(text.includes('a\\tb\\n\\x1b[2Jc\\x9b'), text);
    }
  });

  it('that is written in pieces has its titles once, and the widths of the first piece', () => {
    const table = new TableWriter(COLUMNS, terminal(80));

    const first = table.format([['abc', 1]]);
    const second = table.format([['abcdefgh', 2]]);

    assert.equal(first, 'NAME  BYTES\n────  ─────\nabc       1\n');
    assert.equal(second, 'abc…      2\n');
  });
});
