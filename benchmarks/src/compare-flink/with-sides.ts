/** The sides of a section, with a folder that they work in: however the section ends, both are gone after it. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { whyNoNativeAddon } from '@millrace/state-backend-rocksdb';
import type { BackendKind } from './compared-state-backends.ts';
import { Side, type SideProgram } from './side.ts';

export interface SectionContext {
  /** For what a person wants to know beside the lines. */
  readonly note: (line: string) => void;
  /** What a side says of itself. */
  readonly version: (what: string) => void;
}

export interface SectionSides {
  /** Absolute. */
  readonly folder: string;
  /** Makes a folder of this name in `folder`, for one side alone. */
  folderOf(side: string): string;
  start(program: SideProgram): Promise<Side>;
  /** One after the other; a program may depend on what those before it did. */
  startAll(programs: Iterable<SideProgram>): Promise<Side[]>;
}

export async function withSides<T>(
  context: SectionContext,
  measure: (sides: SectionSides) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-compare-'));
  const started: Side[] = [];
  const start = async (program: SideProgram): Promise<Side> => {
    const side = await Side.start(program);
    started.push(side);
    context.version(side.what);
    return side;
  };
  try {
    return await measure({
      folder,
      folderOf(side) {
        const own = join(folder, side);
        mkdirSync(own);
        return own;
      },
      start,
      async startAll(programs) {
        const sides: Side[] = [];
        for (const program of programs) {
          sides.push(await start(program));
        }
        return sides;
      },
    });
  } finally {
    for (const side of started) {
      side.kill();
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Whether a section can be measured here; notes why not. */
export function canMeasure(
  { title, backend }: { readonly title: string; readonly backend: BackendKind },
  { note }: SectionContext,
): boolean {
  const missing = backend === 'rocksdb' ? whyNoNativeAddon() : undefined;
  if (missing !== undefined) {
    note(`${title} is left out: ${missing}`);
  }
  return missing === undefined;
}
