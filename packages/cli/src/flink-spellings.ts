/**
 * Options as Flink's command line spells them, which scripts of its users have: some are words after a
 * single dash.
 */
const OURS: ReadonlyMap<string, string> = new Map([
  ['-type', '--type'],
  ['-detached', '--detached'],
  ['--withSavepoint', '--with-savepoint'],
  ['--savepointPath', '--savepoint-path'],
  ['-full', '--full'],
  ['--fromSavepoint', '--from-savepoint'],
  ['--allowNonRestoredState', '--allow-non-restored'],
  ['-claimMode', '--claim-mode'],
  ['--claimMode', '--claim-mode'],
  ['-rm', '--claim-mode'],
  ['--restoreMode', '--claim-mode'],
]);

/** What follows `--` is the program's, and stays as it is. */
export function withOurSpellings(args: readonly string[]): string[] {
  const end = args.indexOf('--');
  return args.map((arg, index) => (end >= 0 && index >= end ? arg : (OURS.get(arg) ?? arg)));
}
