/**
 * Checkpoints, restore and rescale of the keyed state backends alone, so that nothing of a deployment
 * is in the times: one backend with all key groups, files in a local folder.
 */
import { sameChecksum } from './measure-accesses.ts';
import type { CheckpointSection } from './sections.ts';
import type { Reply, Side } from './side.ts';

export type StepName = 'fill' | 'pause' | 'checkpoint' | 'incremental' | 'restore' | 'rescale';

export interface Step {
  readonly name: StepName;
  /** By side; times in ms, sizes in bytes. */
  readonly figures: readonly { readonly side: string; readonly reply: Reply }[];
}

export async function measureCheckpoints(
  sides: readonly Side[],
  section: CheckpointSection,
): Promise<Step[]> {
  const { keys, sampledKeys } = section;
  const steps: Step[] = [];
  const ask = async (name: StepName, command: string): Promise<void> => {
    const figures = [];
    for (const side of sides) {
      figures.push({ side: side.name, reply: inMs(await side.ask(command)) });
    }
    steps.push({ name, figures });
  };
  await ask('fill', 'setup');
  if (section.withRestore) {
    await ask('checkpoint', 'checkpoint');
    const onRocksDB = section.backend === 'rocksdb';
    for (let i = 0; i < section.checkpoints; i++) {
      const touched = Math.floor(((i + 1) * keys) / 100);
      // Positions from the first on: each time 1 % more of them than before.
      await sameChecksum(sides, `check get+update ${touched}`);
      await ask(onRocksDB ? 'incremental' : 'checkpoint', 'checkpoint');
    }
    const before = await sameChecksum(sides, `sample ${sampledKeys}`);
    for (const [name, command] of [
      ['restore', 'restore 1'],
      ['restore', 'restore 1'],
      ['rescale', 'restore 2'],
      ['rescale', 'restore 2'],
    ] as const) {
      await ask(name, command);
      const after = await sameChecksum(sides, `sample ${sampledKeys}`);
      if (after !== before) {
        throw new Error(`${name}: keys hold ${after} in sum, and held ${before}`);
      }
    }
    for (const side of sides) {
      await side.ask('restore 1');
    }
  }
  for (let i = 0; i < section.pauses; i++) {
    await ask('pause', `pause get+update ${section.pauseMs}`);
  }
  return steps;
}

function inMs(reply: Reply): Reply {
  return Object.fromEntries(
    Object.entries(reply).map(([name, value]) =>
      /ns$/i.test(name)
        ? [name.replace(/ns$/i, (ns) => (ns === 'ns' ? 'ms' : 'Ms')), value / 1e6]
        : [name, value],
    ),
  );
}
