/** What it costs to write the keyed state of a savepoint anew, against copying its files. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Collector, Types, type ValueState, ValueStateDescriptor } from '@millrace/core';
import type { BenchSuite, BenchVariant } from '@millrace/core/bench';
import { KeyedStateReaderFunction } from '../read/keyed-state-reader-function.ts';
import { OperatorIdentifier } from '../read/operator-identifier.ts';
import { SavepointReader } from '../read/savepoint-reader.ts';
import { KeyedStateBootstrapFunction } from './bootstrap-functions.ts';
import { type ConvertOptions, convert } from './convert-savepoint.ts';
import { OperatorTransformation } from './operator-transformation.ts';
import { SavepointWriter } from './savepoint-writer.ts';

const TEXTS = OperatorIdentifier.forUid('texts');
const TEXT = new ValueStateDescriptor('text', Types.STRING);

class PutText extends KeyedStateBootstrapFunction<number, number> {
  private text!: ValueState<string>;

  override open(): void {
    this.text = this.runtimeContext.getState(TEXT);
  }

  override processElement(value: number): void {
    this.text.update(`the text of ${value}`);
  }
}

class ReadText extends KeyedStateReaderFunction<number, number> {
  private text!: ValueState<string>;

  override open(): void {
    this.text = this.runtimeContext.getState(TEXT);
  }

  override readKey(_key: number, _context: unknown, out: Collector<number>): void {
    out.collect(this.text.value()?.length ?? 0);
  }
}

export async function bench(suite: BenchSuite): Promise<void> {
  const keys = suite.size(300_000, 300);
  const folder = mkdtempSync(join(tmpdir(), 'millrace-convert-'));
  const source = join(folder, 'source');
  try {
    await write(source, keys);
    await suite.compare('converting a savepoint, by key', {
      baseline: 'files are copied',
      operations: keys,
      variants: {
        'files are copied': converting(source, folder, {}),
        'row by row': converting(source, folder, { parallelism: 2 }),
        'row by row, compressed': converting(source, folder, { compression: true }),
        'other key groups': converting(source, folder, { maxParallelism: 256 }),
      },
    });
    await suite.compare('reading a savepoint, by key', {
      baseline: 'reader function',
      operations: keys,
      variants: { 'reader function': { run: () => read(source) } },
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function write(target: string, keys: number): Promise<void> {
  await SavepointWriter.newSavepoint({ maxParallelism: 128 })
    .withOperator(
      TEXTS,
      OperatorTransformation.bootstrapWith({
        *[Symbol.iterator]() {
          for (let key = 0; key < keys; key++) {
            yield key;
          }
        },
      })
        .keyBy((key) => key, Types.LONG)
        .transform(new PutText()),
    )
    .write(target);
}

function converting(source: string, folder: string, options: ConvertOptions): BenchVariant {
  const target = join(folder, 'target');
  return {
    setUp: () => rmSync(target, { recursive: true, force: true }),
    run: async () => (await convert(source, target, options)).operators.length,
  };
}

async function read(source: string): Promise<number> {
  const reader = await SavepointReader.read(source);
  let characters = 0;
  for await (const length of reader.readKeyedState(TEXTS, new ReadText())) {
    characters += length;
  }
  return characters;
}
