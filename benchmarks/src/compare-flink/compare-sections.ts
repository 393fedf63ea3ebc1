/** Starts the sides of a section of state access or checkpoints, in a folder of their own, and measures them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { whyNoNativeAddon } from '@millrace/state-backend-rocksdb';
import { whyNoFlink } from '@millrace/tests/java-project';
import type { Group } from './accesses.ts';
import { type Distribution, keyOrder } from './key-order.ts';
import { measureGroup } from './measure-accesses.ts';
import { measureCheckpoints } from './measure-checkpoints.ts';
import { accessLine, stepLines } from './report/access-lines.ts';
import type { ComparedLine } from './report/compared-line.ts';
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

/** What can run here, besides Millrace. */
export interface Peers {
  readonly withFlink: boolean;
  readonly withCpp: boolean;
}

export interface CompareContext extends Peers {
  readonly quick: boolean;
  /** For what a person wants to know beside the lines. */
  readonly note: (line: string) => void;
  /** Each line as soon as it is measured. */
  readonly report: (line: ComparedLine) => void;
  /** What a side says of itself. */
  readonly version: (what: string) => void;
}

/** Builds what is not built, and notes what cannot be. */
export async function preparePeers(note: (line: string) => void): Promise<Peers> {
  const noFlink = whyNoFlink();
  if (noFlink === undefined) {
    await buildFlinkSide();
  } else {
    note(`runs without Flink: ${noFlink}`);
  }
  const noCpp = whyNoNativeAddon() ?? buildCppSide();
  if (noCpp !== undefined) {
    note(`runs without the loop in C++: ${noCpp}`);
  }
  return { withFlink: noFlink === undefined, withCpp: noCpp === undefined };
}

export async function compareSection(section: Section, context: CompareContext): Promise<void> {
  const missing = section.backend === 'rocksdb' ? whyNoNativeAddon() : undefined;
  if (missing !== undefined) {
    context.note(`${section.title} is left out: ${missing}`);
    return;
  }
  await (section.kind === 'accesses'
    ? compareAccesses(section, context)
    : compareCheckpoints(section, context));
}

async function compareAccesses(section: AccessSection, context: CompareContext): Promise<void> {
  for (const distribution of section.distributions) {
    for (const group of Object.keys(section.accesses) as Group[]) {
      const { results, states } = await withSides(
        section,
        { ...context, group, distribution },
        (sides) => measureGroup(sides, section, { group, distribution }),
      );
      for (const result of results) {
        context.report(accessLine(section, result));
      }
      for (const { side, setUpMs, peakMiB } of states) {
        context.note(
          `${side}: set-up ${(setUpMs / 1000).toFixed(1)} s, peak RSS ${peakMiB.toFixed(0)} MiB`,
        );
      }
    }
  }
}

async function compareCheckpoints(
  section: CheckpointSection,
  context: CompareContext,
): Promise<void> {
  const of = { ...context, group: 'value', distribution: 'uniform' } as const;
  const steps = await withSides(section, of, (sides) => measureCheckpoints(sides, section));
  for (const line of stepLines(section, steps)) {
    context.report(line);
  }
}

async function withSides<T>(
  section: Section,
  of: CompareContext & { readonly group: Group; readonly distribution: Distribution },
  measure: (sides: readonly Side[]) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-compare-'));
  const sides: Side[] = [];
  try {
    const orderFile = join(folder, 'order');
    const { keys } = section;
    writeFileSync(orderFile, keyOrder(of.distribution, { keys, length: keys }));
    const shared = { backend: section.backend, group: of.group, keys, orderFile, quick: of.quick };
    for (const program of programsOf(section, of, { ...shared, folder })) {
      const side = await Side.start(program());
      sides.push(side);
      of.version(side.what);
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
  of: CompareContext & { readonly group: Group },
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
  if (onRocksDB && of.withCpp && section.kind === 'accesses') {
    programs.push(() => cppSide(inFolder('cpp'), join(options.folder, 'millrace')));
  }
  return programs;
}
