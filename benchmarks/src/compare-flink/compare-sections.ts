/** Starts the sides of a section, in a folder of their own, and measures them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { whyNoNativeAddon } from '@millrace/state-backend-rocksdb';
import { whyNoFlink } from '@millrace/tests/java-project';
import type { Group } from './accesses.ts';
import { accessLines, stepLines } from './compare-report.ts';
import { type Distribution, keyOrder } from './key-order.ts';
import { type AccessResult, measureGroup } from './measure-accesses.ts';
import { measureCheckpoints, type Step } from './measure-checkpoints.ts';
import type { AccessSection, CheckpointSection, Section } from './sections.ts';
import { Side, type SideProgram } from './side.ts';
import {
  buildCppSide,
  buildFlinkSide,
  cppSide,
  flinkSide,
  millraceSide,
  type SideOptions,
} from './side-programs.ts';

export interface CompareOptions {
  readonly smoke: boolean;
  readonly print: (line: string) => void;
}

export interface SectionResult {
  readonly section: string;
  readonly accesses: readonly AccessResult[];
  readonly steps: readonly Step[];
}

export async function compareSection(
  section: Section,
  options: CompareOptions,
): Promise<SectionResult> {
  const { print } = options;
  const missing = section.backend === 'rocksdb' ? whyNoNativeAddon() : undefined;
  if (missing !== undefined) {
    print(`\n${section.name} is left out: ${missing}`);
    return { section: section.name, accesses: [], steps: [] };
  }
  const noFlink = whyNoFlink();
  if (noFlink === undefined) {
    await buildFlinkSide();
  } else {
    print(`\n${section.name} runs without Flink: ${noFlink}`);
  }
  const noCpp = section.backend === 'rocksdb' ? buildCppSide() : undefined;
  if (noCpp !== undefined) {
    print(`\n${section.name} runs without the limit: ${noCpp}`);
  }
  const withCpp = section.backend === 'rocksdb' && noCpp === undefined;
  const context = { ...options, withFlink: noFlink === undefined, withCpp };
  return section.kind === 'accesses'
    ? compareAccesses(section, context)
    : compareCheckpoints(section, context);
}

type Context = CompareOptions & { readonly withFlink: boolean; readonly withCpp: boolean };

async function compareAccesses(section: AccessSection, context: Context): Promise<SectionResult> {
  const accesses: AccessResult[] = [];
  for (const distribution of section.distributions) {
    for (const group of Object.keys(section.accesses) as Group[]) {
      const result = await withSides(section, { ...context, group, distribution }, (sides) =>
        measureGroup(sides, section, { group, distribution }),
      );
      const title = `${section.title}: ${group}, ${section.keys} keys, ${distribution}`;
      accessLines(title, result).forEach(context.print);
      accesses.push(...result.results);
    }
  }
  return { section: section.name, accesses, steps: [] };
}

async function compareCheckpoints(
  section: CheckpointSection,
  context: Context,
): Promise<SectionResult> {
  const of = { ...context, group: 'value', distribution: 'uniform' } as const;
  const steps = await withSides(section, of, (sides) => measureCheckpoints(sides, section));
  stepLines(`${section.title}: ${section.keys} keys`, steps).forEach(context.print);
  return { section: section.name, accesses: [], steps };
}

async function withSides<T>(
  section: Section,
  of: Context & { readonly group: Group; readonly distribution: Distribution },
  measure: (sides: readonly Side[]) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-compare-'));
  const sides: Side[] = [];
  try {
    const orderFile = join(folder, 'order');
    const { keys } = section;
    writeFileSync(orderFile, keyOrder(of.distribution, { keys, length: keys }));
    const shared = { backend: section.backend, group: of.group, keys, orderFile, smoke: of.smoke };
    for (const program of programsOf(section, of, { ...shared, folder })) {
      sides.push(await Side.start(program()));
    }
    const result = await measure(sides);
    for (const side of sides) {
      await side.end();
    }
    return result;
  } finally {
    for (const side of sides) {
      side.kill();
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** To be made one after the other: the loop in C++ takes the options of what Millrace has opened. */
function programsOf(
  section: Section,
  of: Context & { readonly group: Group },
  options: SideOptions,
): (() => SideProgram)[] {
  const inFolder = (name: string): SideOptions => {
    const folder = join(options.folder, name);
    mkdirSync(folder, { recursive: true });
    return { ...options, folder };
  };
  const onRocksDB = section.backend === 'rocksdb';
  const programs = [() => millraceSide(inFolder('millrace'))];
  if (of.withFlink) {
    programs.unshift(() => flinkSide(inFolder('flink')));
    // Flink's default reads an index that does not fit the cache again for each access.
    if (onRocksDB && of.group === 'map') {
      programs.push(() => flinkSide(inFolder('flink-partitioned'), { partitionedIndex: true }));
    }
  }
  if (of.withCpp && section.kind === 'accesses') {
    programs.push(() => cppSide(inFolder('cpp'), join(options.folder, 'millrace')));
  }
  return programs;
}
