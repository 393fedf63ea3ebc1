/** What can run here, and the sections of state access and checkpoints. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { whyNoNativeAddon } from '@millrace/state-backend-rocksdb';
import { whyNoFlink } from '@millrace/tests/java-project';
import type { Group } from './accesses.ts';
import { type Distribution, keyOrder } from './key-order.ts';
import { measureGroup } from './measure-accesses.ts';
import { measureCheckpoints } from './measure-checkpoints.ts';
import { accessLines, stepLines } from './report/access-lines.ts';
import type { ComparedLine } from './report/compared-line.ts';
import type { AccessSection, CheckpointSection, Section } from './sections.ts';
import type { Side, SideProgram } from './side.ts';
import {
  buildCppSide,
  buildFlinkSide,
  cppSide,
  flinkSide,
  millraceSide,
  type SideOptions,
} from './side-programs.ts';
import { canMeasure, type SectionContext, withSides } from './with-sides.ts';

/** What can run here, besides Millrace. */
export interface Peers {
  readonly withFlink: boolean;
  readonly withCpp: boolean;
}

export interface CompareContext extends Peers, SectionContext {
  readonly quick: boolean;
  /** Each line as soon as it is measured. */
  readonly report: (line: ComparedLine) => void;
}

/** Builds what is not built, and notes what cannot be. */
export async function preparePeers(note: (line: string) => void): Promise<Peers> {
  const noFlink = whyNoFlink();
  if (noFlink === undefined) {
    note('builds the side of Flink, unless it is built');
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
  if (canMeasure(section, context)) {
    await (section.kind === 'accesses'
      ? compareAccesses(section, context)
      : compareCheckpoints(section, context));
  }
}

async function compareAccesses(section: AccessSection, context: CompareContext): Promise<void> {
  for (const distribution of section.distributions) {
    for (const group of Object.keys(section.accesses) as Group[]) {
      const { results, states } = await withStateSides(
        section,
        { ...context, group, distribution },
        (sides) => measureGroup(sides, section, { group, distribution }),
      );
      for (const result of results) {
        for (const line of accessLines(section, result)) {
          context.report(line);
        }
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
  const steps = await withStateSides(section, of, (sides) => measureCheckpoints(sides, section));
  for (const line of stepLines(section, steps)) {
    context.report(line);
  }
}

async function withStateSides<T>(
  section: Section,
  of: CompareContext & { readonly group: Group; readonly distribution: Distribution },
  measure: (sides: readonly Side[]) => Promise<T>,
): Promise<T> {
  return withSides(of, async ({ folder, folderOf, startAll }) => {
    const orderFile = join(folder, 'order');
    const { keys, backend } = section;
    writeFileSync(orderFile, keyOrder(of.distribution, { keys, length: keys }));
    const { group, quick } = of;
    const optionsOf = (side: string): SideOptions => ({
      backend,
      group,
      keys,
      orderFile,
      folder: folderOf(side),
      quick,
    });
    const sides = await startAll(programsOf(section, of, optionsOf));
    const result = await measure(sides);
    for (const side of sides) {
      await side.end();
    }
    return result;
  });
}

/** One after the other: the loop in C++ takes the options of what Millrace has opened. */
function* programsOf(
  section: Section,
  { group, withFlink, withCpp }: Peers & { readonly group: Group },
  optionsOf: (side: string) => SideOptions,
): Iterable<SideProgram> {
  const onRocksDB = section.backend === 'rocksdb';
  if (withFlink) {
    yield flinkSide(optionsOf('flink'));
  }
  const millrace = optionsOf('millrace');
  yield millraceSide(millrace);
  if (section.kind === 'accesses') {
    yield millraceSide(optionsOf('millrace-ahead'), { keysAhead: true });
  }
  // Flink's default reads an index that does not fit the cache again for each access.
  if (withFlink && onRocksDB && group === 'map') {
    yield flinkSide(optionsOf('flink-partitioned'), { partitionedIndex: true });
  }
  if (withCpp && onRocksDB && section.kind === 'accesses') {
    yield cppSide(optionsOf('cpp'), millrace.folder);
  }
}
