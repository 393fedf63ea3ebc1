/** What a rehearsal tells of a program and a snapshot, and that it leaves everything as it was. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, describe, it } from 'node:test';
import {
  type JobRehearsal,
  type RehearsalReport,
  type RehearsedOperator,
  rehearseInsteadOfExecuting,
} from '@millrace/runtime';
import {
  AsyncDataStream,
  KeyedProcessFunction,
  NumberSequenceSource,
  type SimpleVersionedSerializer,
  type Sink,
  StreamExecutionEnvironment,
  type TypeInformation,
  Types,
  ValueStateDescriptor,
  WatermarkStrategy,
} from 'millrace';
import { fileHashes } from '../file-hashes.ts';
import { evolvingProgram, runVersion, type Version } from './evolving-program.ts';
import { localPath } from './failures.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-rehearsal-'));
after(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => rehearseInsteadOfExecuting(undefined));

const { INT, LONG, STRING } = Types;

function order(fields: Record<string, TypeInformation<unknown>>): TypeInformation<unknown> {
  return Types.POJO('com.acme.Order', fields) as TypeInformation<unknown>;
}

const ORDER = order({ age: INT as TypeInformation<unknown> });
const make = (n: number) => ({ age: n });
let runs = 0;
const place = (): string => join(folder, `run-${runs++}`);

function first(rest: Partial<Version<unknown>> = {}): Promise<string> {
  return runVersion({ folder: place(), type: ORDER, make, records: 6, ...rest });
}

async function rehearse(
  from: string,
  execute: () => Promise<unknown>,
  options: Partial<JobRehearsal> = {},
): Promise<RehearsalReport> {
  return new Promise((resolve, reject) => {
    rehearseInsteadOfExecuting({
      from,
      ...options,
      end: (report) => {
        resolve(report);
        return new Promise<never>(() => {});
      },
    });
    execute().then(() => reject(new Error('the program ran')), reject);
  });
}

function operatorOf(report: RehearsalReport, name: string): RehearsedOperator {
  const operator = report.operators.find((each) => each.name === name);
  assert.ok(operator, `the report has no operator ${name}`);
  return operator;
}

/** But for timers, which each keyed process function has. */
function verdicts({ states }: RehearsedOperator): Record<string, string> {
  const others = states.filter(({ kind }) => kind !== 'timers');
  return Object.fromEntries(others.map(({ name, kind, verdict }) => [`${kind} ${name}`, verdict]));
}

describe('a rehearsal', () => {
  it('tells of every state of every operator whether it goes on as it is', async () => {
    const from = await first();
    const program = evolvingProgram({ folder: place(), type: ORDER, make, records: 3 });

    const report = await rehearse(from, () => program.execute('evolving'));

    assert.equal(report.jobName, 'evolving');
    assert.deepEqual(report.failures, []);
    assert.deepEqual(report.unmatched, []);
    const keep = operatorOf(report, 'Keep');
    assert.equal(keep.match?.by, 'uid');
    assert.deepEqual(verdicts(keep), {
      'key (key)': 'as-is',
      'operator list items': 'as-is',
      'union list all': 'as-is',
      'broadcast rules': 'as-is',
      'value value': 'as-is',
      'list list': 'as-is',
      'map map': 'as-is',
      'reducing reducing': 'as-is',
      'aggregating aggregating': 'as-is',
    });
    assert.deepEqual(
      keep.states.filter(({ kind }) => kind === 'timers').map(({ verdict }) => verdict),
      ['as-is', 'as-is'],
    );
    assert.equal(verdicts(operatorOf(report, 'Window'))['list window-contents'], 'as-is');
    assert.equal(
      verdicts(operatorOf(report, 'Source: numbers'))['operator list SourceReaderState'],
      'as-is',
    );
    const make_ = operatorOf(report, 'Map');
    assert.deepEqual(make_.states, []);
  });

  it('says how states migrate', async () => {
    const from = await first();
    const type = order({ age: INT as never, region: STRING as never });
    const program = evolvingProgram({ folder: place(), type, make, records: 3 });

    const report = await rehearse(from, () => program.execute());

    const value = operatorOf(report, 'Keep').states.find(({ name }) => name === 'value');
    assert.equal(value?.verdict, 'migrates');
    assert.match(value?.reason ?? '', /region/);
  });

  it('says why states do not fit and what to do, of all states, and of keys too', async () => {
    const from = await first();
    const type = order({ age: LONG as never });
    const program = evolvingProgram({
      folder: place(),
      type,
      make,
      records: 3,
      keyType: STRING as never,
    });

    const report = await rehearse(from, () => program.execute());

    const keep = operatorOf(report, 'Keep');
    assert.deepEqual([...new Set(keep.states.map(({ verdict }) => verdict))], ['incompatible']);
    assert.match(
      keep.states.find(({ name }) => name === 'value')?.reason ?? '',
      /field age: Int in the snapshot, Long in the program; .*; go back to the old type, or/,
    );
    assert.match(
      keep.states.find(({ kind }) => kind === 'key')?.reason ?? '',
      /Long in the snapshot, String in the program/,
    );
  });

  it('neither reads a record nor writes a file', async () => {
    const from = await first();
    const own = place();
    const before = fileHashes(localPath(from));
    const seen: unknown[] = [];
    const program = evolvingProgram({
      folder: own,
      type: ORDER,
      make,
      records: 3,
      configuration: {
        'high-availability.type': 'filesystem',
        'high-availability.storageDir': join(own, 'ha'),
      },
      onRecord: (n) => seen.push(n),
    });

    await rehearse(from, () => program.execute('evolving'));

    assert.deepEqual(seen, []);
    assert.deepEqual(fileHashes(localPath(from)), before);
    assert.equal(readdirSync(folder).includes(own.split('/').at(-1) as string), false);
  });

  it('tells of a function that fails when it is opened, and of the states all the same', async () => {
    const from = await first();
    const program = evolvingProgram({
      folder: place(),
      type: ORDER,
      make,
      records: 3,
      onRestored: () => assert.fail('no database'),
    });

    const report = await rehearse(from, () => program.execute());

    assert.equal(report.failures[0]?.code, 'USER_FUNCTION_FAILED');
    assert.match(report.failures[0]?.message ?? '', /no database/);
    assert.equal(verdicts(operatorOf(report, 'Window'))['list window-contents'], 'as-is');
  });

  it('adopts the max parallelism of the snapshot, and refuses another one with both numbers', async () => {
    const from = await first();
    const refused = evolvingProgram({
      folder: place(),
      type: ORDER,
      make,
      records: 3,
      configuration: { 'pipeline.max-parallelism': '64' },
    });
    const adopted = evolvingProgram({ folder: place(), type: ORDER, make, records: 3 });

    const report = await rehearse(from, () => refused.execute());
    const keep = operatorOf(report, 'Keep');
    assert.equal(keep.refusal?.code, 'MAX_PARALLELISM_MISMATCH');
    assert.match(keep.refusal?.message ?? '', /64.*128/);
    assert.equal(verdicts(keep)['value value'], 'as-is');

    const other = operatorOf(await rehearse(from, () => adopted.execute()), 'Keep');
    assert.equal(other.refusal, undefined);
    assert.deepEqual([other.maxParallelism, other.isMaxParallelismExplicit], [128, false]);
  });
});

class Remember extends KeyedProcessFunction<number, number, number> {
  private readonly states: readonly string[];

  constructor(states: readonly string[]) {
    super();
    this.states = states;
  }

  override open(): void {
    for (const name of this.states) {
      this.runtimeContext.getState(new ValueStateDescriptor(name, ORDER));
    }
  }

  override processElement(): void {}
}

/** A program with one keyed operator. */
function remembering(uid: string | undefined, states: readonly string[], name = 'Renamed') {
  const env = StreamExecutionEnvironment.createLocalEnvironment().setServices({ warn: () => {} });
  const stream = env
    .fromSequence(1, 9)
    .uid('numbers')
    .keyBy((n) => n, LONG)
    .process(new Remember(states), LONG)
    .name(name);
  if (uid !== undefined) {
    stream.uid(uid);
  }
  return env;
}

describe('what reaches outside', () => {
  it('is not made: no reader, enumerator, writer or committer; asynchronous functions get no record', async () => {
    const from = await first();
    const made: string[] = [];
    const env = StreamExecutionEnvironment.createLocalEnvironment().setServices({ warn: () => {} });
    class Unread extends NumberSequenceSource {
      override createReader = () => assert.fail('a reader is made');
      override createEnumerator = () => assert.fail('an enumerator is made');
    }
    const sink: Sink<number, string, string> = {
      createWriter: () => assert.fail('a writer is made'),
      restoreWriter: () => assert.fail('a writer is restored'),
      writerStateSerializer: new TextSerializer(),
      createCommitter: () => assert.fail('a committer is made'),
      committableSerializer: new TextSerializer(),
    };
    const stream = env.fromSource(
      new Unread(1, 9),
      WatermarkStrategy.noWatermarks<number>(),
      'in',
      LONG,
    );
    AsyncDataStream.unorderedWait(
      stream,
      async (n) => {
        made.push('record');
        return [n];
      },
      1_000,
    ).sinkTo(sink);

    const report = await rehearse(from, () => env.execute());

    assert.deepEqual(made, []);
    assert.deepEqual(report.failures, []);
    const declared = report.operators.flatMap(({ states }) => states.map(({ name }) => name));
    assert.deepEqual(declared, [
      'SourceReaderState',
      '_async_wait_operator_state_',
      'writer_raw_states',
      'streaming_committer_raw_states',
    ]);
  });
});

class TextSerializer implements SimpleVersionedSerializer<string> {
  readonly version = 1;

  serialize(text: string): Uint8Array {
    return new TextEncoder().encode(text);
  }

  deserialize(_version: number, bytes: Uint8Array): string {
    return new TextDecoder().decode(bytes);
  }
}

describe('operators that a rehearsal does not find', () => {
  it('are suggested the operator of the snapshot whose states theirs resemble', async () => {
    const from = await first();
    const program = remembering('kept', ['value', 'fresh']);

    const report = await rehearse(from, () => program.execute());

    const renamed = operatorOf(report, 'Renamed');
    assert.equal(renamed.match, undefined);
    assert.deepEqual(verdicts(renamed), {
      'key (key)': 'new',
      'value value': 'new',
      'value fresh': 'new',
    });
    const keep = report.unmatched.find(({ uid }) => uid === 'keep');
    assert.ok(keep?.hasState);
    assert.deepEqual(report.suggestions, [
      { operatorId: renamed.operatorId, candidates: [keep.operatorId], states: ['value'] },
    ]);
  });

  it('are suggested none that has no state in common with them', async () => {
    const from = await first();

    const report = await rehearse(from, () => remembering('kept', ['fresh']).execute());

    assert.deepEqual(report.suggestions, []);
  });

  it('tell which states a found operator declares no more', async () => {
    const from = await first();

    const report = await rehearse(from, () => remembering('keep', ['value', 'fresh']).execute());

    const {
      'value value': value,
      'value fresh': fresh,
      'list list': list,
    } = verdicts(operatorOf(report, 'Renamed'));
    assert.deepEqual([value, fresh, list], ['as-is', 'new', 'kept']);
  });

  it('are matched by a uid hash where the program gives one', async () => {
    const from = await first();
    const { unmatched } = await rehearse(from, () => remembering('kept', ['value']).execute());
    const hash = unmatched.find(({ uid }) => uid === 'keep')?.operatorId as string;
    const env = StreamExecutionEnvironment.createLocalEnvironment().setServices({ warn: () => {} });
    env
      .fromSequence(1, 9)
      .keyBy((n) => n, LONG)
      .process(new Remember(['value']), LONG)
      .setUidHash(hash);

    const report = await rehearse(from, () => env.execute());

    assert.ok(report.operators.some(({ match }) => match?.by === 'uid-hash'));
  });

  it('are none of those that two operators ask for but the first, as when the job starts', async () => {
    const from = await first();
    const { unmatched } = await rehearse(from, () => remembering('kept', ['value']).execute());
    const hash = unmatched.find(({ uid }) => uid === 'keep')?.operatorId as string;
    const env = StreamExecutionEnvironment.createLocalEnvironment().setServices({ warn: () => {} });
    const keyed = env.fromSequence(1, 9).keyBy((n) => n, LONG);
    keyed
      .process(new Remember(['value']), LONG)
      .name('By hash')
      .setUidHash(hash);
    keyed
      .process(new Remember(['value']), LONG)
      .name('By uid')
      .uid('keep');

    const { operators } = await rehearse(from, () => env.execute());

    const found = operators.filter(({ match }) => match?.operatorId === hash);
    assert.deepEqual(
      found.map(({ name, match }) => [name, match?.by]),
      [['By hash', 'uid-hash']],
    );
  });
});
