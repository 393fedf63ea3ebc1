import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chosenLines, parseLog } from './log-lines.ts';

describe('lines of a log', () => {
  it('have the level of a log4j line, and a trace that of the line before', () => {
    const lines = parseLog(
      '2026-11-21 10:06:43,285 INFO  org.acme.Main [] - started\n' +
        '2026-11-21 10:06:44,001 ERROR org.acme.Main [] - failed\n' +
        '\tat org.acme.Main.run(Main.java:1)\n',
    );

    assert.deepEqual(
      lines.map(({ level }) => level),
      ['INFO', 'ERROR', 'ERROR'],
    );
  });

  it('read JSON lines, with their fields in a row', () => {
    const [line] = parseLog('{"level":40,"time":0,"pid":1,"msg":"slow","ms":12,"why":{"a":1}}');

    assert.equal(line?.level, 'WARN');
    assert.equal(line?.text, '1970-01-01T00:00:00.000Z WARN slow ms=12 why={"a":1}');
  });

  it('are kept as they are where they are no log line', () => {
    assert.deepEqual(parseLog('{ not json\nplain'), [
      { level: undefined, text: '{ not json' },
      { level: undefined, text: 'plain' },
    ]);
    assert.deepEqual(parseLog(''), []);
  });

  it('are chosen by level and words, those without a level always', () => {
    const lines = [
      { level: 'INFO', text: 'a b' },
      { level: 'ERROR', text: 'b' },
      { level: undefined, text: 'b' },
    ] as const;

    const chosen = chosenLines(lines, 'WARN', (text) => text.includes('b'));

    assert.deepEqual(chosen, lines.slice(1));
  });
});
