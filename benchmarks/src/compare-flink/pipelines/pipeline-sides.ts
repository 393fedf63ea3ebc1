/** How the sides of a pipeline are started. */
import { fileURLToPath } from 'node:url';
import type { BackendKind } from '../compared-state-backends.ts';
import type { SideProgram } from '../side.ts';
import { flinkProgram } from '../side-programs.ts';
import { type AnyWork, ENDLESS } from './pipeline-work.ts';

const MILLRACE = fileURLToPath(new URL('./pipeline-side.js', import.meta.url));
const LOOP = fileURLToPath(new URL('./loop-side.js', import.meta.url));

export interface PipelineSideOptions {
  readonly work: AnyWork;
  readonly backend: BackendKind;
  readonly parallelism: number;
  /** 0 for none. */
  readonly checkpointMs: number;
  /** Of a slot. */
  readonly budgetBytes: number;
  /** Of this side alone, absolute. */
  readonly folder: string;
  /** Of Millrace; by default `local`, from parallelism 2 on `threads`. */
  readonly target?: 'local' | 'threads';
  /** Of V8's old generation; its default without it. */
  readonly nodeHeapMiB?: number;
}

export function millracePipeline(options: PipelineSideOptions): SideProgram {
  const { nodeHeapMiB, target = options.parallelism === 1 ? 'local' : 'threads' } = options;
  return {
    name: 'Millrace',
    command: process.execPath,
    args: [
      ...(nodeHeapMiB === undefined ? [] : [`--max-old-space-size=${nodeHeapMiB}`]),
      MILLRACE,
      ...argsOf(options, String(options.budgetBytes)),
      target,
    ],
  };
}

/** `managed`: what RocksDB has in a slot, `default` is what a task manager of Flink's default size has. */
export function flinkPipeline(
  options: PipelineSideOptions,
  { managed, jvm }: { readonly managed: 'default' | 'fixed'; readonly jvm: readonly string[] },
): SideProgram {
  const mib = options.budgetBytes / 2 ** 20;
  return flinkProgram('lab.PipelineSide', {
    name: managed === 'default' ? 'Flink, default' : `Flink, ${mib} MiB managed`,
    jvm,
    args: argsOf(options, managed === 'default' ? 'default' : String(options.budgetBytes)),
  });
}

export function loopPipeline(work: AnyWork): SideProgram {
  return { name: 'loop by hand', command: process.execPath, args: [LOOP, work] };
}

function argsOf(options: PipelineSideOptions, budget: string): string[] {
  const { work, backend, parallelism, checkpointMs, folder } = options;
  return [
    work,
    backend,
    String(parallelism),
    String(checkpointMs),
    budget,
    folder,
    String(ENDLESS),
  ];
}
