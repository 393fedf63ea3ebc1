/**
 * Word count and window count at parallelism 1 on the heap, here, in Flink, and in stream processors of Python, in turn.
 * A turn of Millrace or Flink is a part of a job without end, as in `pipelines`; one of a peer is a whole job.
 *
 * Invariant: each turn of a peer, and a bounded run of the others before theirs, has given the results of a loop by
 * hand over the same records.
 */
import type { CompareContext, Peers } from '../compare-sections.ts';
import { warmUp } from '../pipelines/measure-pipelines.ts';
import {
  flinkPipeline,
  loopPipeline,
  millracePipeline,
  type PipelineSideOptions,
} from '../pipelines/pipeline-sides.ts';
import {
  endlessJob,
  makeReady,
  type Participant,
  rateOf,
  sameResults,
  takeTurns,
} from '../pipelines/pipeline-turns.ts';
import { PIPELINE_TITLES } from '../pipelines/pipeline-work.ts';
import { bySide } from '../report/access-lines.ts';
import { BUDGET_BYTES } from '../sections.ts';
import type { Reply, Side, SideProgram } from '../side.ts';
import { jvmHeap } from '../side-programs.ts';
import { type SectionSides, withSides } from '../with-sides.ts';
import type { PeerSection } from './peer-sections.ts';
import { peerPrograms, whyNoPython } from './peer-side.ts';

export async function comparePeers(section: PeerSection, context: CompareContext): Promise<void> {
  const title = titleOf(section);
  const missing = whyNoPython();
  if (missing !== undefined) {
    context.note(`${title} beside other stream processors is left out: ${missing}`);
    return;
  }
  const { measure } = section;
  const { engines, peers } = await withSides(context, async ({ folder, folderOf, ...sides }) => {
    const loop = await sides.start(loopPipeline(section.work));
    const programs = enginePrograms(section, { folderOf, ...context });
    const engines = [loop, ...(await sides.startAll(programs))];
    const expected = await loop.ask(`check ${section.records}`);
    const peers: Participant[] = [];
    for (const program of await peerPrograms(section.work, { folder, note: context.note })) {
      peers.push(await readyPeer(await sides.start(program), section, expected));
    }
    await makeReady(engines, {
      title,
      checkedRecords: measure.checkedRecords,
      warmUp: (side) => warmUp(side, measure),
    });
    const jobs = engines.map((side) => endlessJob(side, measure));
    const turns = await takeTurns([...jobs, ...peers], measure.rounds);
    const rates = turns.map(({ name, replies }) => ({ name, samples: replies.map(rateOf) }));
    return { engines: rates.slice(0, jobs.length), peers: rates.slice(jobs.length) };
  });
  context.report({
    kind: 'peers',
    work: title,
    backend: 'heap',
    unit: 'records/s',
    better: 'more',
    ...bySide(engines),
    peers,
  });
}

function titleOf({ work }: PeerSection): string {
  return `${PIPELINE_TITLES[work]}, parallelism 1`;
}

function enginePrograms(
  { work, measure: { heapMiB } }: PeerSection,
  { folderOf, withFlink }: Pick<SectionSides, 'folderOf'> & Peers,
): SideProgram[] {
  const of = (side: string): PipelineSideOptions => ({
    work,
    backend: 'hashmap',
    parallelism: 1,
    checkpointMs: 0,
    budgetBytes: BUDGET_BYTES,
    folder: folderOf(side),
  });
  const jvm = jvmHeap(heapMiB);
  return [
    millracePipeline(of('millrace')),
    ...(withFlink ? [flinkPipeline(of('flink'), { managed: 'fixed', jvm })] : []),
  ];
}

/** Its first job is checked and not measured. */
async function readyPeer(side: Side, section: PeerSection, expected: Reply): Promise<Participant> {
  const turn = async (): Promise<Reply> => {
    const results = await side.ask(`count ${section.records}`);
    sameResults(titleOf(section), { side: side.name, results, expected });
    return results;
  };
  await turn();
  return { name: side.name, turn };
}
