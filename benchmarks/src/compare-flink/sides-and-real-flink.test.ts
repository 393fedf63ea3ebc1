import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { whyNoNativeAddon } from '@millrace/state-backend-rocksdb';
import { whyNoFlink } from '@millrace/tests/java-project';
import { type CompareContext, compareSection, preparePeers } from './compare-sections.ts';
import { compareMemory } from './memory/measure-memory.ts';
import { comparePeers } from './peers/measure-peers.ts';
import { peerSections } from './peers/peer-sections.ts';
import { whyNoPython } from './peers/peer-side.ts';
import { comparePipeline } from './pipelines/measure-pipelines.ts';
import { pipelineSections } from './pipelines/pipeline-sections.ts';
import { type ComparedLine, type Measured, ratioOf } from './report/compared-line.ts';
import { compareScaling } from './scaling/measure-scaling.ts';
import { scalingSections } from './scaling/scaling-sections.ts';
import { sectionsOf } from './sections.ts';

const noFlink = whyNoFlink();
if (noFlink !== undefined && process.env.CI === 'true') {
  throw new Error(`the comparison with Flink must run in CI, but ${noFlink}`);
}

async function linesOf(
  compare: (context: CompareContext) => Promise<void>,
  note: (line: string) => void = () => {},
): Promise<readonly ComparedLine[]> {
  const lines: ComparedLine[] = [];
  await compare({
    ...(await preparePeers(() => {})),
    quick: true,
    note,
    report: (line) => lines.push(line),
    version: () => {},
  });
  return lines;
}

function assertMeasured(lines: readonly ComparedLine[]): void {
  assert.ok(lines.length > 0);
  for (const line of lines) {
    assert.ok(Number.isFinite(ratioOf(line)), `${line.work} has no ratio`);
  }
}

function rates({ samples }: Measured): boolean {
  return samples.length > 0 && samples.every((rate) => rate > 0);
}

function skipped(backend: string): string | false {
  return noFlink ?? (backend === 'rocksdb' ? whyNoNativeAddon() : undefined) ?? false;
}

describe('the comparison with Flink', () => {
  for (const section of sectionsOf('quick')) {
    const { name, backend } = section;

    it(`gives the same results on all sides in ${name}, and measures all`, {
      skip: skipped(backend),
    }, async () => {
      assertMeasured(await linesOf((context) => compareSection(section, context)));
    });
  }

  for (const section of pipelineSections('quick')) {
    const { work, backend, parallelism } = section;

    it(`gives the same results on all sides of ${work} on ${backend} at parallelism ${parallelism}`, {
      skip: skipped(backend),
    }, async () => {
      const [line] = await linesOf((context) => comparePipeline(section, context));

      assert.ok(line !== undefined);
      assertMeasured([line]);
      assert.equal(line.limit?.name, 'loop by hand');
    });
  }

  for (const section of scalingSections('quick')) {
    const { keys, backend, parallelism, target } = section;

    it(`counts ${keys} keys alike on ${backend} at parallelism ${parallelism} on ${target}, and tells the cost`, {
      skip: skipped(backend),
    }, async () => {
      const lines = await linesOf((context) => compareScaling(section, context));

      assertMeasured(lines);
      assert.deepEqual(
        lines.map(({ unit }) => unit),
        ['CPU ns/record', 'records/s'],
      );
    });
  }

  for (const section of peerSections('quick')) {
    it(`gives the same results of ${section.work} in each other stream processor that can be installed`, {
      skip: noFlink ?? whyNoPython() ?? false,
    }, async () => {
      const notes: string[] = [];

      const [line] = await linesOf(
        (context) => comparePeers(section, context),
        (note) => notes.push(note),
      );

      assert.ok(line !== undefined);
      assertMeasured([line]);
      for (const name of ['Bytewax', 'Pathway, streaming', 'Pathway, static']) {
        const peer = line.peers?.find((one) => one.name === name);
        const leftOut = `${name.toLowerCase().split(',')[0]} is left out`;
        assert.ok(
          peer === undefined ? notes.some((note) => note.startsWith(leftOut)) : rates(peer),
          name,
        );
      }
    });
  }

  it('tells what state and a process take, and how long a start does', {
    skip: skipped('rocksdb'),
  }, async () => {
    const lines = await linesOf((context) => compareMemory(['heap', 'rocksdb'], context));

    assertMeasured(lines);
    assert.equal(lines.length, 4);
  });
});
