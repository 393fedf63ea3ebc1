/**
 * A thread and its stack as text, in the form of Java's.
 *
 * Flink: ThreadDumpInfo.
 */
import type { Profiler } from 'node:inspector';
import type { ThreadProfile } from '../inspector/thread-profiles.ts';

export interface ThreadDumpOptions {
  /** `cluster.thread-dump.stacktrace-max-depth`. */
  readonly depthMax: number;
  readonly patienceMs: number;
}

const IDLE = '(idle)';
/** What V8 samples that is no function of JavaScript. */
const NATIVE: ReadonlySet<string> = new Set(['(root)', '(program)', '(garbage collector)']);

export function threadInfo({ thread, profile }: ThreadProfile, options: ThreadDumpOptions) {
  const header = `"${thread.name}" Id=${thread.id}`;
  return {
    threadName: thread.name,
    stringifiedThreadInfo: `${header} ${
      profile === undefined
        ? `UNKNOWN\n\t-  no answer within ${options.patienceMs} ms: it is in a call into native code, whose stack cannot be had`
        : stackText(profile, options.depthMax)
    }\n\n`,
  };
}

function stackText({ nodes, samples = [] }: Profiler.Profile, depthMax: number): string {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(
    nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node] as const)),
  );
  const nameOf = (id: number): string => byId.get(id)?.callFrame.functionName ?? '';
  // The end of the sampling is itself something that V8 does.
  const last = samples.findLast((id) => !NATIVE.has(nameOf(id)));
  if (last === undefined) {
    return 'RUNNABLE\n\tat (native code)';
  }
  if (nameOf(last) === IDLE) {
    return 'WAITING\n\tat (event loop)\n\t-  waiting for timers, files, sockets and messages';
  }
  const frames: string[] = [];
  for (let node = byId.get(last); node !== undefined; node = parents.get(node.id)) {
    if (!NATIVE.has(node.callFrame.functionName)) {
      frames.push(`\n\tat ${frameText(node)}`);
    }
  }
  const more = frames.length > depthMax ? '\n\t...' : '';
  return `RUNNABLE${frames.slice(0, depthMax).join('')}${more}`;
}

/** The line that runs where V8 tells it, else the one where the function begins. */
function frameText({ callFrame, positionTicks = [] }: Profiler.ProfileNode): string {
  const { functionName, url, lineNumber } = callFrame;
  const name = functionName === '' ? '(anonymous)' : functionName;
  const hottest = positionTicks.reduce((a, b) => (b.ticks > a.ticks ? b : a), {
    line: 0,
    ticks: 0,
  });
  const line = hottest.line > 0 ? hottest.line : lineNumber + 1;
  return url === '' ? `${name} (native)` : `${name} (${url}:${line})`;
}
