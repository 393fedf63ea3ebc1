/**
 * Damages a snapshot again and again, and reads it as a restore and as the tools do.
 *
 * What must hold: an error with a code, or the same content; in no time and no memory to speak of.
 * Flink's formats have few checksums (compressed chunks, blocks of RocksDB), so where there is none
 * damage to what means only itself cannot be seen: those are counted, and bounded:
 * - `value`: within one handle some entries are others, as many as the damage can reach: the entries
 *   whose bytes were hit. All else of the handle is the same.
 * - `run`: all entries of one state in one key group of a canonical savepoint are of another state whose
 *   bytes mean as much: the id before them was hit.
 * - `name`: what the metadata says that nothing else does: ids, names, sizes for statistics, flags of the
 *   snapshot's kind; or one text of a header: a state, a field, a constant. All else is the same.
 * All else is a hole: other content without an error.
 *
 * See docs/formats/damaged-snapshots.md.
 */
import { errorCode } from '@millrace/core';
import {
  type CheckpointMetadata,
  checkKeyGroupRanges,
  readCheckpointMetadata,
} from '@millrace/state';
import { type Damage, damaged, Random } from './damage.ts';
import { SnapshotInMemory } from './snapshot-in-memory.ts';
import { type Content, isSameHandle, type Piece, pathsOf, piecesOf } from './snapshot-pieces.ts';

export type Outcome = 'refused' | 'equal' | 'value' | 'run' | 'name';

export interface FuzzReport {
  readonly runs: number;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** By code. */
  readonly codes: Readonly<Record<string, number>>;
  /** What must not be. */
  readonly holes: readonly string[];
  readonly slowestMs: number;
}

/** Of codes that only say that a snapshot cannot be read. */
const CODES = new Set([
  'SNAPSHOT_CORRUPT',
  'SNAPSHOT_NOT_FOUND',
  'SNAPSHOT_VERSION_UNSUPPORTED',
  'SERIALIZER_SNAPSHOT_UNKNOWN',
  'STATE_INCOMPATIBLE',
  'UNSUPPORTED',
  'NUMBER_NOT_SAFE',
]);

export class FixtureFuzzer {
  private readonly clean: SnapshotInMemory;
  private readonly metadata: CheckpointMetadata;
  private readonly pieces: ReadonlyMap<string, Piece>;
  private readonly contents = new Map<string, Content>();
  /** Files, and which handles are read from each. */
  private readonly piecesByFile = new Map<string, Piece[]>();
  /** By file and handle: what was read of it. */
  private readonly reads = new Map<string, { readonly start: number; readonly end: number }[]>();

  private constructor(clean: SnapshotInMemory) {
    this.clean = clean;
    this.metadata = readMetadata(clean);
    this.pieces = piecesOf(this.metadata);
    for (const piece of this.pieces.values()) {
      for (const path of pathsOf(piece.handle)) {
        const file = clean.fileOf(path);
        if (file !== undefined) {
          this.piecesByFile.set(file, [...(this.piecesByFile.get(file) ?? []), piece]);
        }
      }
    }
  }

  static async open(folder: string): Promise<FixtureFuzzer> {
    const fuzzer = new FixtureFuzzer(SnapshotInMemory.ofFixture(folder));
    for (const piece of fuzzer.pieces.values()) {
      fuzzer.clean.onRead = (path, start, length) => {
        const id = `${path} ${piece.id}`;
        fuzzer.reads.set(id, [...(fuzzer.reads.get(id) ?? []), { start, end: start + length }]);
      };
      fuzzer.contents.set(piece.id, await piece.read(fuzzer.clean.openStateHandle));
    }
    return fuzzer;
  }

  /** Whether a handle's reader comes to see the damage: files that many handles share are large. */
  private isSeen(file: string, piece: Piece, { kind, offset, length }: Damage): boolean {
    const keepsSize = kind === 'flip' || kind === 'overwrite' || kind === 'zeros';
    const reads = this.reads.get(`${file} ${piece.id}`) ?? [];
    return !keepsSize || reads.some(({ start, end }) => start < offset + length && offset < end);
  }

  async run(seed: number): Promise<{ outcome: Outcome; code?: string } | { hole: string }> {
    const random = new Random(seed);
    const file = random.oneOf([this.clean.metadataPath, ...this.piecesByFile.keys()]);
    const damage = damaged(this.clean.bytesOf(file) as Uint8Array, random);
    const snapshot = this.clean.with(file, damage.bytes);
    const where = `${damage.kind} of ${damage.length} at ${damage.offset} of ${file.split('/').pop()}`;
    try {
      const outcome =
        file === this.clean.metadataPath
          ? await this.readMetadataDamaged(snapshot, damage)
          : await this.readFileDamaged(snapshot, file, damage);
      return typeof outcome === 'string' ? { outcome } : { hole: `${where}: ${outcome.hole}` };
    } catch (error) {
      const code = errorCode(error);
      if (code !== undefined && CODES.has(code)) {
        return { outcome: 'refused', code };
      }
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      return { hole: `${where}: ${code ?? 'no code'}: ${text}` };
    }
  }

  private async readFileDamaged(
    snapshot: SnapshotInMemory,
    file: string,
    damage: Damage,
  ): Promise<Outcome | { hole: string }> {
    let outcome: Outcome = 'equal';
    for (const piece of this.piecesByFile.get(file) ?? []) {
      if (!this.isSeen(file, piece, damage)) {
        continue;
      }
      const found = await piece.read(snapshot.openStateHandle);
      const verdict = verdictOf(this.contents.get(piece.id) as Content, found, damage);
      if (typeof verdict !== 'string') {
        return { hole: `${piece.id}: ${verdict.hole}` };
      }
      outcome = verdict === 'equal' ? outcome : verdict;
    }
    return outcome;
  }

  private async readMetadataDamaged(
    snapshot: SnapshotInMemory,
    damage: Damage,
  ): Promise<Outcome | { hole: string }> {
    const metadata = readMetadata(snapshot);
    const pieces = piecesOf(metadata);
    let outcome: Outcome = 'equal';
    const gone = [...this.pieces.keys()].filter((id) => !pieces.has(id));
    const added = [...pieces.keys()].filter((id) => !this.pieces.has(id));
    for (const piece of pieces.values()) {
      const own = this.pieces.get(piece.id);
      if (own !== undefined && isSameHandle(own, piece)) {
        continue;
      }
      const found = await piece.read(snapshot.openStateHandle);
      const content = this.contents.get(piece.id);
      if (content !== undefined) {
        const verdict = verdictOf(content, found, damage);
        if (typeof verdict !== 'string') {
          return { hole: `${piece.id}: ${verdict.hole}` };
        }
        outcome = verdict === 'equal' ? outcome : verdict;
      }
    }
    if (gone.length > 0 || added.length > 0) {
      // An operator of another name, with the state of this one.
      return isRenamed(this.metadata, metadata)
        ? 'name'
        : { hole: `gone: ${gone.join(', ')}; new: ${added.join(', ')}` };
    }
    return outcome;
  }
}

function readMetadata(snapshot: SnapshotInMemory): CheckpointMetadata {
  const bytes = snapshot.bytesOf(snapshot.metadataPath) as Uint8Array;
  const metadata = readCheckpointMetadata(bytes, snapshot.folder);
  checkKeyGroupRanges(metadata); // As whatever loads a snapshot does.
  return metadata;
}

/** Whether all subtasks of all operators have what they had, but for the ids of operators. */
function isRenamed(a: CheckpointMetadata, b: CheckpointMetadata): boolean {
  return (
    a.operatorStates.length === b.operatorStates.length &&
    a.operatorStates.every((operator, i) => {
      const other = b.operatorStates[i];
      return (
        other !== undefined &&
        [...operator.subtaskStates.keys()].every((k) => other.subtaskStates.has(k))
      );
    })
  );
}

/** The state id of a run, in canonical savepoints. */
const RUN_BYTES = 2;

const stateOf = ([id]: Entry): string => id.split(' ', 2)[1] as string;

/** Whether entries that one state had in one key group are now of one other, in place of its own. */
function isOneRun(gone: readonly Entry[], added: readonly Entry[]): boolean {
  const runsOf = (entries: readonly Entry[]) =>
    new Set(entries.map(([id]) => id.split(' ', 2).join(' ')));
  const runs = runsOf([...gone, ...added]);
  const keyGroups = new Set([...runs].map((run) => run.split(' ')[0]));
  return runs.size <= 2 && runsOf(added).size === 1 && keyGroups.size === 1;
}

/** Whether a state of what was materialized has another name than in the log over it. */
function hasNewState(clean: Content, gone: readonly Entry[], added: readonly Entry[]): boolean {
  const known = new Set([...clean].map(stateOf));
  const changed = new Set([...gone, ...added].map(stateOf));
  return changed.size === 2 && [...changed].filter((name) => !known.has(name)).length === 1;
}

/** Bytes of damage that one entry takes at least. */
const ENTRY_BYTES_MIN = 2;

function verdictOf(
  clean: Content,
  found: Content,
  damage: Damage,
): 'equal' | 'value' | 'run' | 'name' | { hole: string } {
  const gone = [...clean].filter(([id, value]) => found.get(id) !== value);
  const added = [...found].filter(([id, value]) => clean.get(id) !== value);
  if (gone.length === 0 && added.length === 0) {
    return 'equal';
  }
  const reach = 1 + Math.ceil(damage.length / ENTRY_BYTES_MIN);
  if (damage.kind !== 'cut' && gone.length <= reach && added.length <= reach) {
    return 'value';
  }
  if (damage.length <= RUN_BYTES && isOneRun(gone, added)) {
    return 'run';
  }
  if (hasNewState(clean, gone, added)) {
    return 'name';
  }
  if (gone.length === added.length && isOneTextChanged(gone, added)) {
    return 'name';
  }
  const example = (entries: readonly (readonly [string, string])[]): string =>
    entries
      .slice(0, 2)
      .map(([id, value]) => `${id} = ${value}`.slice(0, 100))
      .join('; ');
  return {
    hole: `${gone.length} entries gone, ${added.length} new: ${example(gone)} / ${example(added)}`,
  };
}

type Entry = readonly [string, string];

/**
 * Whether all that changed is one text that became another: the name of a state, a field, a constant.
 * A value may hold the same text, which stays.
 */
function isOneTextChanged(gone: readonly Entry[], added: readonly Entry[]): boolean {
  const [before, after] = [gone, added].map((entries) => entries.map((entry) => entry.join(' = ')));
  const words = (text: string): string[] => text.split(WORD_BOUNDARY);
  const renamed = new Map<string, string>();
  return (before as string[]).every((text, i) => {
    const [old, now] = [words(text), words(after?.[i] ?? '')];
    return (
      old.length === now.length &&
      old.every((word, k) => {
        const other = now[k] as string;
        if (word === other) {
          return true;
        }
        const known = renamed.get(word);
        renamed.set(word, other);
        return known === undefined ? renamed.size === 1 : known === other;
      })
    );
  });
}

/** Around what is in quotes, and the names of states. */
const WORD_BOUNDARY = /["]| (?=[[{"-\d])|(?<=^\d+) /;

export async function fuzzFixture(
  folder: string,
  options: { readonly seed: number; readonly runs: number; onRun?(run: number): void },
): Promise<FuzzReport> {
  const fuzzer = await FixtureFuzzer.open(folder);
  const outcomes = { refused: 0, equal: 0, value: 0, run: 0, name: 0 };
  const codes: Record<string, number> = {};
  const holes: string[] = [];
  let slowestMs = 0;
  for (let run = 0; run < options.runs; run++) {
    options.onRun?.(run);
    const began = performance.now();
    const result = await fuzzer.run(options.seed + run);
    slowestMs = Math.max(slowestMs, performance.now() - began);
    if ('hole' in result) {
      holes.push(`seed ${options.seed + run}: ${result.hole}`);
    } else {
      outcomes[result.outcome]++;
      if (result.code !== undefined) {
        codes[result.code] = (codes[result.code] ?? 0) + 1;
      }
    }
  }
  return { runs: options.runs, outcomes, codes, holes, slowestMs };
}
