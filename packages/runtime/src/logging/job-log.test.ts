import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Configuration, errorCode } from '@millrace/core';
import { jobLog } from './job-log.ts';
import { LogTail } from './log-tail.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-log-'));
after(() => rmSync(folder, { recursive: true }));

const JOB_LOG = fileURLToPath(new URL('./job-log.js', import.meta.url));
const HERE = { cwd: fileURLToPath(new URL('.', import.meta.url)), encoding: 'utf8' } as const;

describe('the log of a process', () => {
  it('is quiet but for warnings and errors, and loads no library, until something is set', () => {
    const { stderr, loaded } = logged({});

    assert.equal(stderr, 'millrace: slow\nmillrace: broken\n');
    assert.equal(loaded, false);
  });

  it('writes lines for people to a file, with level, logger, thread and fields', () => {
    const path = join(folder, 'deep', 'text.log');

    logged({ 'log.file': path, 'log.level.checkpoint': 'DEBUG' });

    const lines = readFileSync(path, 'utf8').split('\n');
    assert.match(
      lines[0] ?? '',
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} DEBUG checkpoint {15}\[main\] - triggered \{checkpointId=3\}$/,
    );
    assert.match(lines[1] ?? '', / INFO {2}jobmanager .* - begun$/);
    assert.match(lines[2] ?? '', / WARN {2}jobmanager .* - slow$/);
    assert.match(lines[3] ?? '', / ERROR jobmanager .* - broken \{error=DISK_FULL\}$/);
    assert.match(lines[4] ?? '', /^Error: disk full$/);
  });

  it('writes one JSON object a line where that is asked for', () => {
    const path = join(folder, 'json.log');

    const { stderr } = logged({
      'log.file': path,
      'log.format': 'json',
      'log.level': 'warn',
      'log.console.level': 'ERROR',
    });

    const [slow, broken] = readFileSync(path, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      { ...slow, time: typeof slow.time, pid: typeof slow.pid },
      {
        ...{ level: 'WARN', time: 'string', pid: 'number', logger: 'jobmanager', thread: 'main' },
        message: 'slow',
      },
    );
    assert.equal(broken.error.code, 'DISK_FULL');
    assert.equal(JSON.parse(stderr).message, 'broken');
  });

  it('keeps no more files than were asked for, none much larger than was asked for', () => {
    const path = join(folder, 'rolled.log');

    logged({ 'log.file': path, 'log.file.max-size': '4kb', 'log.file.max-files': '3' }, 200);

    assert.deepEqual(
      [path, `${path}.1`, `${path}.2`, `${path}.3`].map((each) => existsSync(each)),
      [true, true, true, false],
    );
    assert.ok(statSync(`${path}.1`).size <= 4096);
    assert.match(readFileSync(path, 'utf8'), /number 199/);
  });

  it('tells once on the standard error stream that its file takes nothing, and goes on', () => {
    const { stderr } = logged({ 'log.file': '/dev/full', 'log.console.level': 'OFF' }, 200);

    assert.match(
      stderr,
      /^millrace: LOG_NOT_WRITTEN: log\.file \/dev\/full cannot be written: ENOSPC.*; all else goes on.*\n$/,
    );
  });

  it('loses no file while it cannot begin another one', () => {
    const path = join(folder, 'descriptors.log');
    const settings = { 'log.file': path, 'log.file.max-size': '4kb', 'log.file.max-files': '3' };
    const script = `
      import { Configuration, getLogger } from '@millrace/core';
      import { closeSync, openSync } from 'node:fs';
      import { jobLog } from '${JOB_LOG}';
      await jobLog.configure(Configuration.fromMap(${JSON.stringify(settings)}));
      const logger = getLogger('jobmanager');
      for (let i = 0; i < 200; i++) logger.info('number ' + i);
      const taken = [];
      try { for (;;) taken.push(openSync('/dev/null')); } catch {}
      for (let i = 200; i < 400; i++) logger.info('number ' + i);
      taken.forEach((each) => closeSync(each));
      for (let i = 400; i < 410; i++) logger.info('number ' + i);
    `;
    const limited = 'ulimit -n 1024; exec "$0" --input-type=module -e "$1"';

    const { stderr } = spawnSync('sh', ['-c', limited, process.execPath, script], {
      cwd: HERE.cwd,
      encoding: 'utf8',
    });

    assert.match(stderr, /^millrace: LOG_NOT_WRITTEN: .*EMFILE.*\n$/);
    const lines = [`${path}.2`, `${path}.1`, path].flatMap((each) =>
      readFileSync(each, 'utf8').trimEnd().split('\n'),
    );
    const numbers = lines.map((line) => Number(/number (\d+)$/.exec(line)?.[1]));
    const written = numbers.filter((number) => number < 200);
    assert.ok(written.length > 40, `${written.length} of the lines before are left`);
    assert.equal(numbers.at(-1), 409);
  });

  it('goes on writing once its file takes something again, and begins a line for it', () => {
    const path = join(folder, 'limited.log');
    const script = `
      import { Configuration, getLogger } from '@millrace/core';
      import { writeFileSync } from 'node:fs';
      import { jobLog } from '${JOB_LOG}';
      await jobLog.configure(Configuration.fromMap({ 'log.file': '${path}' }));
      const logger = getLogger('jobmanager');
      for (let i = 0; i < 100; i++) logger.info('number ' + i);
      writeFileSync('${path}', '');
      logger.info('the end');
    `;
    const limited = 'ulimit -f 4; trap "" XFSZ; exec "$0" --input-type=module -e "$1"';
    const child = spawnSync('sh', ['-c', limited, process.execPath, script], HERE);

    assert.equal(child.status, 0, child.stderr);
    assert.match(child.stderr, /^millrace: LOG_NOT_WRITTEN: .*EFBIG.*\n$/);
    assert.match(readFileSync(path, 'utf8'), /^\n\d{4}-.* - the end\n$/);
  });

  it('renames nothing that is no file', () => {
    const path = join(folder, 'null.log');
    symlinkSync('/dev/null', path);

    logged({ 'log.file': path, 'log.file.max-size': '4kb' }, 200);

    assert.equal(existsSync(`${path}.1`), false);
  });

  it('lets a program live whose standard error stream takes nothing', () => {
    const full = openSync('/dev/full', 'w');

    logged({}, 0, full);
    logged({ 'log.format': 'JSON' }, 0, full);
    closeSync(full);
  });

  it('refuses a file that cannot be written, and a level that does not exist', async () => {
    const codeOf = async (values: Record<string, string>) =>
      jobLog.configure(Configuration.fromMap(values)).then(() => undefined, errorCode);

    assert.equal(await codeOf({ 'log.file': '/proc/none/x.log' }), 'CONFIG_VALUE_INVALID');
    assert.equal(await codeOf({ 'log.level': 'LOUD' }), 'CONFIG_VALUE_INVALID');
    assert.equal(
      await codeOf({ 'log.level': 'INFO', 'log.level.checkpoint': 'LOUD' }),
      'CONFIG_VALUE_INVALID',
    );
  });
});

describe('the tail of a log', () => {
  it('holds the newest lines, no more than it may', () => {
    const tail = new LogTail(1000);

    for (let line = 0; line < 10_000; line++) {
      tail.append(`line ${String(line).padStart(4, '0')}\n`, line);
    }

    assert.equal(tail.size, 1000);
    assert.equal(tail.text().split('\n', 1)[0], 'line 9900');
    assert.equal(tail.lastWriteAt, 9999);
  });

  it('cuts a line that is longer than all of it', () => {
    const tail = new LogTail(10);

    tail.append('short\n', 1);
    tail.append('0123456789abc', 2);

    assert.equal(tail.text(), '3456789abc');
  });
});

/** What a process of its own logs, which logs at each level, or so many lines. */
function logged(
  values: Record<string, string>,
  lines = 0,
  stderr: number | 'pipe' = 'pipe',
): { stderr: string; loaded: boolean } {
  const script = `
    import { createRequire } from 'node:module';
    import { Configuration, getLogger } from '@millrace/core';
    import { jobLog } from '${JOB_LOG}';
    await jobLog.configure(Configuration.fromMap(${JSON.stringify(values)}));
    const logger = getLogger('jobmanager');
    for (let i = 0; i < ${lines}; i++) logger.info('number ' + i);
    if (${lines} === 0) {
      getLogger('checkpoint').debug('triggered', { checkpointId: 3 });
      logger.info('begun');
      logger.warn('slow');
      logger.error('broken', { error: Object.assign(new Error('disk full'), { code: 'DISK_FULL' }) });
    }
    const { cache } = createRequire('${JOB_LOG}');
    process.stdout.write(String(Object.keys(cache).some((name) => name.includes('/pino/'))));
    process.exit(0);
  `;
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    ...HERE,
    stdio: ['ignore', 'pipe', stderr],
  });
  assert.equal(child.status, 0, child.stderr);
  return { stderr: child.stderr, loaded: child.stdout === 'true' };
}
