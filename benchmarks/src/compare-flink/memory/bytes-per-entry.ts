/** Bytes of the heap for each entry of a value state, long to long: what it grows by, after a collection. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CompareContext } from '../compare-sections.ts';
import { bySide } from '../report/access-lines.ts';
import { flinkSide, millraceSide, type SideOptions } from '../side-programs.ts';
import { withSides } from '../with-sides.ts';

export async function compareBytesPerEntry(context: CompareContext): Promise<void> {
  const [from, to] = context.quick ? [100_000, 500_000] : [1_000_000, 5_000_000];
  const figures = await withSides(context, async ({ folder, folderOf, start }) => {
    const orderFile = join(folder, 'order');
    writeFileSync(orderFile, new Int32Array(1));
    const of = (side: string): SideOptions => ({
      backend: 'hashmap',
      group: 'value',
      keys: to,
      orderFile,
      folder: folderOf(side),
      quick: context.quick,
    });
    const programs = [
      millraceSide(of('millrace')),
      ...(context.withFlink ? [flinkSide(of('flink'))] : []),
    ];
    const figures = [];
    for (const program of programs) {
      const side = await start(program);
      const { usedBytes: before = 0 } = await side.ask(`grow 0 ${from}`);
      const { usedBytes: after = 0 } = await side.ask(`grow ${from} ${to}`);
      await side.end();
      figures.push({ name: side.name, samples: [(after - before) / (to - from)] });
    }
    return figures;
  });
  context.report({
    kind: 'memory',
    work: `heap for each entry, long → long, ${from.toLocaleString('en')} to ${to.toLocaleString('en')} entries`,
    backend: 'heap',
    unit: 'bytes',
    better: 'less',
    ...bySide(figures),
    aim: { ratio: 1 },
  });
}
