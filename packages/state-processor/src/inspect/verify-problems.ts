/** What a check of a snapshot found: problems, what could not be read, and what could not be checked. */
import { errorCode, errorMessage } from '@millrace/core';
import { asUri } from '@millrace/state';
import type { SnapshotProblem } from '../snapshot/snapshot.ts';

const NOT_READ: ReadonlySet<string> = new Set([
  'SERIALIZER_SNAPSHOT_UNKNOWN',
  'UNSUPPORTED',
  'LONG_OUT_OF_RANGE', // a date that no Date holds
]);

/** Where in a snapshot something is. */
export type ProblemPlace = Pick<
  SnapshotProblem,
  'file' | 'offset' | 'operatorId' | 'subtask' | 'state'
>;

export class VerifyProblems {
  readonly found: SnapshotProblem[] = [];
  readonly unread: SnapshotProblem[] = [];
  readonly unchecked: SnapshotProblem[] = [];
  /** Files that are gone or cut: told as that, and by nothing that reads them. */
  private readonly lost = new Set<string>();
  private readonly onProblem: ((problem: SnapshotProblem) => void) | undefined;
  private readonly told = new Set<string>();

  constructor(onProblem?: (problem: SnapshotProblem) => void) {
    this.onProblem = onProblem;
  }

  /** @param code - of ours; a wrong byte is `SNAPSHOT_CORRUPT` */
  add(code: string, message: string, place: ProblemPlace): void {
    const problem = { code, message, ...place };
    this.found.push(problem);
    this.onProblem?.(problem);
  }

  /** Of a file that cannot be read, or not to its end. */
  addLostFile(
    code: string,
    message: string,
    place: ProblemPlace & { readonly file: string },
  ): void {
    this.lost.add(place.file);
    this.add(code, message, place);
  }

  /** @param file - URI */
  isLost(file: string): boolean {
    return [...this.lost].some((path) => asUri(path) === file);
  }

  corrupt(message: string, place: ProblemPlace): void {
    this.add('SNAPSHOT_CORRUPT', message, place);
  }

  /**
   * Of what was thrown. A type that nothing here reads, and what is not supported, need be no fault of
   * the snapshot; but a damaged name of a type looks like that too. What names a lost file is told already.
   */
  caught(error: unknown, place: ProblemPlace): void {
    const code = errorCode(error);
    const message = errorMessage(error);
    if (code === undefined) {
      throw error;
    }
    if (NOT_READ.has(code)) {
      this.notRead(code, message, place);
      return;
    }
    if ([...this.lost].some((file) => names(message, file))) {
      return;
    }
    const offset = place.offset ?? offsetIn(message);
    this.add(code, message, offset === undefined ? place : { ...place, offset });
  }

  /** Bytes whose content is not known. The same is told once an operator. */
  notRead(code: string, message: string, place: ProblemPlace): void {
    this.tellOnce(this.unread, { code, message, ...place });
  }

  /** Of what was read, what cannot be judged. The same is told once an operator. */
  notChecked(code: string, message: string, place: ProblemPlace): void {
    this.tellOnce(this.unchecked, { code, message, ...place });
  }

  private tellOnce(list: SnapshotProblem[], problem: SnapshotProblem): void {
    const identity = `${problem.operatorId} ${problem.state} ${problem.message}`;
    if (!this.told.has(identity)) {
      this.told.add(identity);
      list.push(problem);
    }
  }
}

function offsetIn(message: string): number | undefined {
  const digits = /at byte (\d+)/.exec(message)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Whether a text holds the path itself, and not only a longer one that begins like it. */
function names(text: string, path: string): boolean {
  return text
    .split(path)
    .slice(1)
    .some((rest) => !/^[\w-]|^[./][\w-]/.test(rest));
}
