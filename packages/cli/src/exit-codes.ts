/** What the command ends with. Scripts depend on these: they never change their meaning. */
export const EXIT_CODES = {
  OK: 0,
  /** Something could not be read, written or understood. */
  ERROR: 1,
  /** The command line is wrong. */
  USAGE: 2,
  /** All was read, and it is not as hoped: see `EXIT_CODE_MEANINGS`. */
  FINDINGS: 3,
  /** Ctrl-C. */
  INTERRUPTED: 130,
  /** SIGTERM. */
  TERMINATED: 143,
} as const;

export const EXIT_CODE_MEANINGS: readonly (readonly [number, string])[] = [
  [
    EXIT_CODES.OK,
    'done; diff: no difference, verify: all was read and is sound, plan: the program can start',
  ],
  [
    EXIT_CODES.ERROR,
    'a file, a snapshot or a program could not be read or written, a server could not be asked or refused',
  ],
  [EXIT_CODES.USAGE, 'the command line is wrong'],
  [
    EXIT_CODES.FINDINGS,
    'diff: there are differences, verify: there are problems or parts that could not be read, plan: the program cannot start, cat: nothing has the key or namespace, config: no key has the prefix, config lint: there are errors or warnings',
  ],
  [EXIT_CODES.INTERRUPTED, 'interrupted by Ctrl-C'],
  [EXIT_CODES.TERMINATED, 'ended by SIGTERM'],
];
