/**
 * Checkpoints, restore and rescale of the keyed state backends alone, so that nothing of a deployment
 * is in the times: one backend with all key groups, files in a local folder.
 */
import { sameChecksum } from './measure-accesses.ts';
import type { CheckpointSection } from './sections.ts';
import type { Reply, Side } from './side.ts';

export interface Step {
  readonly title: string;
  /** By side; times in ms, sizes in bytes. */
  readonly figures: readonly { readonly side: string; readonly reply: Reply }[];
}

export async function measureCheckpoints(
  sides: readonly Side[],
  section: CheckpointSection,
): Promise<Step[]> {
  const { keys, sampledKeys, checkpoints } = section;
  const steps: Step[] = [];
  const ask = async (title: string, command: string): Promise<void> => {
    const figures = [];
    for (const side of sides) {
      figures.push({ side: side.name, reply: inMs(await side.ask(command)) });
    }
    steps.push({ title, figures });
  };
  await ask(`fill ${keys} keys`, 'setup');
  await ask('first checkpoint', 'checkpoint');
  for (let i = 0; i < checkpoints; i++) {
    const touched = Math.floor(((i + 1) * keys) / 100);
    // Positions from the first on: each time 1 % more of them than before.
    await sameChecksum(sides, `check get+update ${touched}`);
    await ask(`checkpoint after touching ${i + 1} %`, 'checkpoint');
  }
  const before = await sameChecksum(sides, `sample ${sampledKeys}`);
  for (const [title, command] of [
    ['restore', 'restore 1'],
    ['restore again', 'restore 1'],
    ['rescale 1 to 2', 'restore 2'],
  ] as const) {
    await ask(title, command);
    const after = await sameChecksum(sides, `sample ${sampledKeys}`);
    if (after !== before) {
      throw new Error(`${title}: keys hold ${after} in sum, and held ${before}`);
    }
  }
  await ask('memory', 'memory');
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
