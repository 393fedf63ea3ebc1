/**
 * `_operators.json` beside `_metadata`: what the operators of a snapshot are called, for people who
 * look into it. `_metadata` has one-way hashes only.
 *
 * Invariants:
 * - It is there before `_metadata`, and goes with it.
 * - Nothing depends on it: a snapshot without one, or with one that cannot be read, is whole.
 *
 * Layout: docs/formats/checkpoint-directory.md. Flink has no such file and takes no notice of it.
 */
import { type FileSystem, type FileWriter, joinPath } from '@millrace/core';
import type { CheckpointMetadata, OperatorState } from '../snapshot/operator-state.ts';

export const OPERATOR_NAMES_FILE_NAME = '_operators.json';

const SIZE_BYTES_MAX: number = 16 * 1024 * 1024; // some 100,000 operators

/** What a program calls an operator. */
export interface OperatorNames {
  readonly name: string;
  readonly uid?: string;
}

/** Writes nothing where no operator has a name. Never throws: the checkpoint is worth more. */
export async function writeOperatorNames(
  fileSystem: FileSystem,
  directory: string,
  metadata: CheckpointMetadata,
): Promise<void> {
  const operators = metadata.operatorStates.filter(({ name }) => name !== undefined);
  if (operators.length === 0) {
    return;
  }
  const text = JSON.stringify({ version: 1, operators: operators.map(entryOf) }, undefined, 1);
  let writer: FileWriter | undefined;
  try {
    writer = await fileSystem.create(joinPath(directory, OPERATOR_NAMES_FILE_NAME), {
      overwrite: true,
    });
    await writer.write(new TextEncoder().encode(`${text}\n`));
    await writer.close();
  } catch {
    // Where this fails `_metadata` fails too, and says why; else the names alone are missing.
    await writer?.abort().catch(() => {});
  }
}

function entryOf({ operatorId, uid, name, parallelism }: OperatorState): object {
  return { id: operatorId, uid, name, parallelism };
}

/** By operator id; empty when there is no such file, or none that can be read. Never throws. */
export async function readOperatorNames(
  fileSystem: FileSystem,
  directory: string,
): Promise<ReadonlyMap<string, OperatorNames>> {
  try {
    const path = joinPath(directory, OPERATOR_NAMES_FILE_NAME);
    const status = await fileSystem.getFileStatus(path);
    if (status === undefined || status.isDirectory || status.sizeBytes > SIZE_BYTES_MAX) {
      return new Map();
    }
    const reader = await fileSystem.open(path);
    try {
      return namesIn(JSON.parse(Buffer.from(await reader.read(0, reader.sizeBytes)).toString()));
    } finally {
      await reader.close();
    }
  } catch {
    return new Map();
  }
}

function namesIn(content: { readonly operators: readonly unknown[] }): Map<string, OperatorNames> {
  const names = new Map<string, OperatorNames>();
  for (const entry of content.operators) {
    const { id, uid, name } = entry as Readonly<Record<string, unknown>>;
    if (typeof id === 'string' && typeof name === 'string') {
      names.set(id, { name, ...(typeof uid === 'string' ? { uid } : {}) });
    }
  }
  return names;
}

/** The metadata with the names filled in. */
export function withOperatorNames(
  metadata: CheckpointMetadata,
  names: ReadonlyMap<string, OperatorNames>,
): CheckpointMetadata {
  return names.size === 0
    ? metadata
    : {
        ...metadata,
        operatorStates: metadata.operatorStates.map((state) => ({
          ...state,
          ...names.get(state.operatorId),
        })),
      };
}
