/** A job whose state is in RocksDB, by configuration alone. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { whyNoNativeAddon } from '@millrace/state-backend-rocksdb';
import { ProcessFunctionTestHarnesses } from '@millrace/testing';
import {
  type Collector,
  Configuration,
  EmbeddedRocksDBStateBackend,
  type KeyedProcessContext,
  KeyedProcessFunction,
  StreamExecutionEnvironment,
  Types,
  type ValueState,
  ValueStateDescriptor,
} from 'millrace';

const folder = mkdtempSync(join(tmpdir(), 'millrace-rocksdb-job-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const FACTORY = join(folder, 'factory.mjs');
writeFileSync(
  FACTORY,
  `export class Merging {
     configure(configuration) {
       this.runs = Number(configuration.toMap()['my.min-runs']);
       return this;
     }
     createColumnOptions(current) {
       return { ...current, level0_file_num_compaction_trigger: this.runs };
     }
   }
   export class Misspelt {
     createColumnOptions(current) { return { ...current, levl0: 1 }; }
   }`,
);

/** Options of the databases that are below a directory, as RocksDB wrote them. */
function optionFiles(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => /OPTIONS-\d+$/.test(name))
    .map((name) => readFileSync(join(directory, name), 'utf8'));
}

async function countWords(
  keys: Record<string, string>,
  watch: () => void = () => {},
): Promise<string[]> {
  const env = StreamExecutionEnvironment.createLocalEnvironment({
    'state.backend.type': 'rocksdb',
    'parallelism.default': '2',
    ...keys,
  });
  const counts = await env
    .fromData(['a', 'b', 'a', 'c', 'a'], Types.STRING)
    .map(
      (word) => ({ word, count: 1 }),
      Types.POJO('Count', { word: Types.STRING, count: Types.LONG }),
    )
    .keyBy(({ word }) => word, Types.STRING)
    .sum('count')
    .map(({ word, count }) => {
      watch();
      return `${word} ${count}`;
    }, Types.STRING)
    .executeAndCollect();
  return counts.sort();
}

describe('a job with its state in RocksDB', { skip: whyNoNativeAddon() ?? false }, () => {
  it('has its databases in the directories that are named, with the options of all sources, and leaves nothing', async () => {
    const directories = ['disk1', 'disk2'].map((name) => join(folder, name));
    const seen = new Set<string>();

    const counts = await countWords(
      {
        'state.backend.rocksdb.localdir': directories.join(','),
        'state.backend.rocksdb.options-factory': `${FACTORY}#Merging`,
        'state.backend.rocksdb.predefined-options': 'SPINNING_DISK_OPTIMIZED',
        'state.backend.rocksdb.thread.num': '3',
        'my.min-runs': '7',
      },
      () => {
        for (const text of directories.flatMap(optionFiles)) {
          seen.add(text);
        }
      },
    );

    assert.deepEqual(counts, ['a 1', 'a 2', 'a 3', 'b 1', 'c 1']);
    // Before the first state is declared there is only the family that RocksDB insists on.
    const withStates = [...seen].filter((text) => /\[CFOptions "(?!default)/.test(text));
    assert.ok(withStates.length > 0);
    for (const text of withStates) {
      assert.match(text, /max_background_jobs=3\n/);
      assert.match(text, /level_compaction_dynamic_level_bytes=true\n/);
      assert.match(text, /level0_file_num_compaction_trigger=7\n/);
    }
    for (const directory of directories) {
      assert.deepEqual(readdirSync(directory), []);
    }
  });

  it('counts the same however its memory is shared, cached and timed', async () => {
    for (const keys of [
      { 'memory.managed': 'false' },
      { 'memory.managed': 'false', 'memory.fixed-per-tm': '16 mb' },
      { 'memory.fixed-per-slot': '8 mb', 'memory.value-cache-ratio': '0' },
      { 'memory.fixed-per-slot': '4 mb', 'memory.value-cache-ratio': '0.9' },
      { 'timer-service.factory': 'HEAP', 'predefined-options': 'SPINNING_DISK_OPTIMIZED_HIGH_MEM' },
    ]) {
      const entries = Object.entries(keys).map(([key, value]) => [
        `state.backend.rocksdb.${key}`,
        value,
      ]);

      const counts = await countWords({
        'state.backend.rocksdb.localdir': folder,
        ...Object.fromEntries(entries),
      });

      assert.deepEqual(counts, ['a 1', 'a 2', 'a 3', 'b 1', 'c 1'], JSON.stringify(keys));
    }
  });

  it('is refused before it starts where an option is not known or there is no memory', async () => {
    for (const [keys, message] of [
      [
        { 'state.backend.rocksdb.options-factory': `${FACTORY}#Misspelt` },
        /options factory: .*levl0/,
      ],
      [{ 'state.backend.rocksdb.predefined-options': 'FAST' }, /predefined-options is "FAST"/],
      [{ 'state.backend.rocksdb.memory.write-buffer-ratio': '1' }, /is 1; use a number above 0/],
      [{ 'taskmanager.memory.managed.size': '0' }, /the slot has no managed memory/],
    ] as const) {
      await assert.rejects(countWords(keys), { code: 'CONFIG_VALUE_INVALID', message });
    }
  });
});

class CountWords extends KeyedProcessFunction<string, string, string> {
  private count!: ValueState<number>;

  override open(): void {
    this.count = this.runtimeContext.getState(new ValueStateDescriptor('count', Types.LONG));
  }

  override processElement(
    word: string,
    _context: KeyedProcessContext<string>,
    out: Collector<string>,
  ): void {
    const count = (this.count.value() ?? 0) + 1;
    this.count.update(count);
    out.collect(`${word} ${count}`);
  }
}

describe('an operator with its state in RocksDB', { skip: whyNoNativeAddon() ?? false }, () => {
  it('has the gauges that are switched on, which outlive it', async () => {
    const stateBackend = await new EmbeddedRocksDBStateBackend().configure(
      new Configuration({
        'state.backend.rocksdb.localdir': folder,
        'state.backend.rocksdb.memory.value-cache-ratio': '0',
        'state.backend.rocksdb.metrics.num-entries-active-mem-table': 'true',
        'state.backend.rocksdb.metrics.block-cache-capacity': 'true',
        'state.backend.rocksdb.metrics.bytes-written': 'true',
      }),
    );
    const harness = await ProcessFunctionTestHarnesses.forKeyedProcessFunction(
      new CountWords(),
      { keySelector: (word: string) => word, keyType: Types.STRING },
      { stateBackend },
    );
    for (const word of ['a', 'b', 'a']) {
      harness.processElement(word);
    }
    await harness.snapshot(1);
    const gauges = () =>
      [...harness.metrics.values()].filter(([name]) => name.includes('rocksdb.'));
    const open = new Map(gauges());

    await harness.close();

    assert.deepEqual(harness.values, ['a 1', 'b 1', 'a 2']);
    assert.deepEqual(
      new Set(open.keys()),
      new Set([
        'rocksdb.bytes_written',
        // Timers have column families too, of a user's two time domains.
        ...[
          'count',
          '_timer_state/event_user-timers',
          '_timer_state/processing_user-timers',
        ].flatMap((state) => [
          `${state}.rocksdb.num-entries-active-mem-table`,
          `${state}.rocksdb.block-cache-capacity`,
        ]),
      ]),
    );
    assert.ok((open.get('rocksdb.bytes_written') as number) > 0);
    // Of 128 MiB of managed memory, (3 - 0.5) / 3.
    assert.equal(open.get('count.rocksdb.block-cache-capacity'), 111_848_106);
    assert.deepEqual(new Set(gauges().map(([name]) => name)), new Set(open.keys()));
  });
});
