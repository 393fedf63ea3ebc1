/**
 * Word count and window count at parallelism 1 on the heap, here, in Flink, and in stream processors of Python, in turn.
 * A turn of Millrace or Flink is a part of a job without end, as in `pipelines`; one of a peer is a whole job.
 *
 * Invariant: each turn of a peer, and a bounded run of the others before theirs, has given the results of a loop by
 * hand over the same records.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CompareContext } from '../compare-sections.ts';
import { rateOf, sameResults, turnOf, warmUp } from '../pipelines/measure-pipelines.ts';
import {
  flinkPipeline,
  loopPipeline,
  millracePipeline,
  type PipelineSideOptions,
} from '../pipelines/pipeline-sides.ts';
import { PIPELINE_TITLES } from '../pipelines/pipeline-work.ts';
import { bySide } from '../report/access-lines.ts';
import { BUDGET_BYTES } from '../sections.ts';
import { type Reply, Side, type SideProgram } from '../side.ts';
import type { PeerSection } from './peer-sections.ts';
import { peerPrograms, whyNoPython } from './peer-side.ts';

/** A side that was started, and what one turn of it comes to: records a second. */
interface Participant {
  readonly name: string;
  readonly isPeer: boolean;
  readonly turn: () => Promise<number>;
  readonly samples: number[];
}

export async function comparePeers(section: PeerSection, context: CompareContext): Promise<void> {
  const title = titleOf(section);
  const missing = whyNoPython();
  if (missing !== undefined) {
    context.note(`${title} beside other stream processors is left out: ${missing}`);
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'millrace-peers-'));
  const sides: Side[] = [];
  const start = async (program: SideProgram): Promise<Side> => {
    const side = await Side.start(program);
    sides.push(side);
    context.version(side.what);
    return side;
  };
  try {
    const loop = await start(loopPipeline(section.work));
    const engines = [loop];
    for (const program of enginePrograms(section, { folder, ...context })) {
      engines.push(await start(program));
    }
    const expected = await loop.ask(`check ${section.records}`);
    const participants: Participant[] = [];
    for (const program of await peerPrograms(section.work, { folder, note: context.note })) {
      participants.push(await readyPeer(await start(program), section, expected));
    }
    const checked = await loop.ask(`check ${section.measure.checkedRecords}`);
    for (const side of engines) {
      participants.unshift(await readyEngine(side, section, checked));
    }
    await takeTurns(participants, section.measure.rounds);
    context.report({
      kind: 'peers',
      work: title,
      backend: 'heap',
      unit: 'records/s',
      better: 'more',
      ...bySide(participants.filter(({ isPeer }) => !isPeer)),
      peers: participants.filter(({ isPeer }) => isPeer),
    });
  } finally {
    for (const side of sides) {
      side.kill();
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

function titleOf({ work }: PeerSection): string {
  return `${PIPELINE_TITLES[work]}, parallelism 1`;
}

function enginePrograms(
  { work, measure: { heapMiB } }: PeerSection,
  { folder, withFlink }: { readonly folder: string; readonly withFlink: boolean },
): SideProgram[] {
  const of = (name: string): PipelineSideOptions => {
    const own = join(folder, name);
    mkdirSync(own);
    const plain = { parallelism: 1, checkpointMs: 0, budgetBytes: BUDGET_BYTES } as const;
    return { ...plain, work, backend: 'hashmap', folder: own };
  };
  const jvm = [`-Xms${heapMiB}m`, `-Xmx${heapMiB}m`, '-XX:+UseG1GC'];
  return [
    millracePipeline(of('millrace')),
    ...(withFlink ? [flinkPipeline(of('flink'), { managed: 'fixed', jvm })] : []),
  ];
}

/** Its first job is checked and not measured. */
async function readyPeer(side: Side, section: PeerSection, expected: Reply): Promise<Participant> {
  const count = async (): Promise<number> => {
    const results = await side.ask(`count ${section.records}`);
    sameResults(titleOf(section), { side: side.name, results, expected });
    return rateOf(results);
  };
  await count();
  return { name: side.name, isPeer: true, turn: count, samples: [] };
}

async function readyEngine(
  side: Side,
  section: PeerSection,
  expected: Reply,
): Promise<Participant> {
  const { measure } = section;
  const results = await side.ask(`check ${measure.checkedRecords}`);
  sameResults(titleOf(section), { side: side.name, results, expected });
  await warmUp(side, measure);
  side.hold();
  const turn = async (): Promise<number> => {
    side.resume();
    const rate = rateOf(await turnOf(side, measure));
    side.hold();
    return rate;
  };
  return { name: side.name, isPeer: false, turn, samples: [] };
}

async function takeTurns(participants: readonly Participant[], rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (const { turn, samples } of participants) {
      samples.push(await turn());
    }
  }
}
