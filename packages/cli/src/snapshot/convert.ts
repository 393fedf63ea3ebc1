/** `millrace snapshot convert`: any snapshot as a canonical savepoint. */
import { convert } from '@millrace/state-processor';
import {
  type CommandContext,
  openNamed,
  type SnapshotOptions,
  withProgress,
} from '../command-context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { plural } from '../terminal/sizes.ts';
import { watchedFileSystems } from '../watched-file-systems.ts';

export interface ConvertCommandOptions extends SnapshotOptions {
  readonly compress?: boolean;
  readonly maxParallelism?: number;
  readonly parallelism?: number;
}

export async function convertSnapshot(
  path: string,
  target: string,
  options: ConvertCommandOptions,
  context: CommandContext,
): Promise<number> {
  const { terminal } = context;
  const snapshot = await openNamed(path, options, context);
  const { compress: compression, maxParallelism, parallelism, rebase: pathRebase = [] } = options;
  const converted = await withProgress(context, options, (longRead) =>
    convert(snapshot.path, target, {
      pathRebase,
      fileSystems: watchedFileSystems(longRead, snapshot.sizeBytes),
      ...(compression === undefined ? {} : { compression }),
      ...(maxParallelism === undefined ? {} : { maxParallelism }),
      ...(parallelism === undefined ? {} : { parallelism }),
    }),
  );
  const { path: written, operators } = converted;
  await terminal.write(
    options.json === true
      ? `${JSON.stringify({ path: written, operators: operators.length }, undefined, 2)}\n`
      : `${written}\n`,
  );
  if (options.json !== true) {
    terminal.note(`wrote a canonical savepoint of ${plural(operators.length, 'operator')}`);
  }
  return EXIT_CODES.OK;
}
