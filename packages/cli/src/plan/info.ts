/** `millrace info`: what a program would run, without running it. Flink: CliFrontend.info. */
import type { CommandContext } from '../command-context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { checkSettings } from '../run/check-settings.ts';
import { planOfProgram } from './rehearse-program.ts';

export interface InfoOptions {
  readonly parallelism?: number;
  readonly settings: readonly string[];
  readonly json?: boolean;
}

export async function info(
  program: string,
  args: readonly string[],
  { parallelism, settings, json }: InfoOptions,
  { terminal, signal }: CommandContext,
): Promise<number> {
  checkSettings(settings);
  const all = [
    ...(parallelism === undefined ? [] : [`parallelism.default=${parallelism}`]),
    ...settings,
  ];
  const { text, plan } = await planOfProgram(program, {
    args: [...all.flatMap((setting) => ['-D', setting]), ...args],
    signal,
    onOutput: (printed) => terminal.writeError(printed),
  });
  await terminal.write(
    json === true ? `${JSON.stringify(plan, undefined, 2)}\n` : `${text.trimEnd()}\n`,
  );
  return EXIT_CODES.OK;
}
