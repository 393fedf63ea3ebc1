/**
 * Writes any snapshot as a canonical savepoint: one that every backend restores, here and in Flink, and
 * that can be moved as a folder.
 *
 * Invariants:
 * - Nothing of the state is lost, and no value of keyed state is decoded.
 * - Operator state is decoded only where another parallelism deals it out anew; then it must be of
 *   types that are known here.
 * - In memory is a part of one key group, or of one file, or the operator state of one subtask.
 * - The snapshot stays as it is; of a savepoint that failed nothing is left.
 */
import { checkMaxParallelism, type TypeInformation } from '@millrace/core';
import {
  CANONICAL_SAVEPOINT_PROPERTIES,
  INLINE_THRESHOLD_BYTES_DEFAULT,
  type OperatorState,
} from '@millrace/state';
import { openSavepoint } from '../read/open-savepoint.ts';
import type { SavepointAccess } from '../snapshot/load-snapshot.ts';
import { carryOperator } from './carry-operator.ts';
import { checkParallelism } from './check-parallelism.ts';
import { copyStreams } from './copied-streams.ts';
import { writeSavepoint } from './savepoint-form.ts';

export interface ConvertOptions extends SavepointAccess {
  /** The only one there is. */
  readonly format?: 'canonical';
  /** Whether keyed state is compressed with snappy; as it is when it is left out. */
  readonly compression?: boolean;
  /** Of all operators. Each key gets its new key group, which needs a type whose hash is known. */
  readonly maxParallelism?: number;
  /**
   * In how many parts the state of each operator is written; as it is when it is left out. 1 to the
   * largest max parallelism; an operator with a smaller one gets a part for each key group.
   */
  readonly parallelism?: number;
  /**
   * By operator id: of operators whose keys have no hash in the snapshot (POJOs), and of those whose
   * snapshot does not say it (a changelog that was never materialized, without timers).
   */
  readonly keyTypes?: ReadonlyMap<string, TypeInformation<unknown>>;
  /** For a file of rows while keys get other key groups; the system's when it is left out. */
  readonly temporaryFolder?: string;
  /** Called after each operator. */
  readonly onProgress?: (done: {
    readonly operatorId: string;
    readonly operatorsDone: number;
    readonly operators: number;
  }) => void;
}

export interface ConvertedSavepoint {
  /** As a URI. */
  readonly path: string;
  readonly operators: readonly OperatorState[];
}

/**
 * @param snapshot - the folder of a savepoint or checkpoint, or its `_metadata`
 * @param target - a folder that is not there or is empty
 * @throws ConfigError `MAX_PARALLELISM_OUT_OF_RANGE`, `PARALLELISM_OUT_OF_RANGE`, `UNSUPPORTED` for
 *   records in flight
 * @throws CheckpointError `SNAPSHOT_NOT_FOUND`, `SNAPSHOT_CORRUPT`, `FILE_EXISTS`,
 *   `KEY_TYPE_UNSUPPORTED` where a key's hash is not known, `SERIALIZER_SNAPSHOT_UNKNOWN` for operator
 *   state of a type that is not known here, with another parallelism
 */
export async function convert(
  snapshot: string,
  target: string,
  options: ConvertOptions = {},
): Promise<ConvertedSavepoint> {
  if (options.maxParallelism !== undefined) {
    checkMaxParallelism(options.maxParallelism);
  }
  const { metadata, openStateHandle } = await openSavepoint(snapshot, options);
  if (options.parallelism !== undefined) {
    const maxima = metadata.operatorStates.map(({ maxParallelism }) => maxParallelism);
    checkParallelism(
      options.parallelism,
      options.maxParallelism === undefined ? maxima : [options.maxParallelism],
    );
  }
  const form = {
    fileSystems: options.fileSystems,
    inlineThresholdBytes: INLINE_THRESHOLD_BYTES_DEFAULT,
    snapshotCompression: options.compression,
  };
  return writeSavepoint(target, form, async (savepoint) => {
    const operators: OperatorState[] = [];
    for (const operator of metadata.operatorStates) {
      const { operatorId } = operator;
      operators.push(
        await carryOperator(operator, {
          openStateHandle,
          streams: savepoint,
          carry: copyStreams(openStateHandle, savepoint),
          parallelism: options.parallelism,
          maxParallelism: options.maxParallelism,
          compressed: options.compression,
          keyType: options.keyTypes?.get(operatorId),
          temporaryFolder: options.temporaryFolder,
        }),
      );
      const operatorsDone = operators.length;
      options.onProgress?.({
        operatorId,
        operatorsDone,
        operators: metadata.operatorStates.length,
      });
    }
    const properties = CANONICAL_SAVEPOINT_PROPERTIES;
    await savepoint.writeMetadata({ ...metadata, operatorStates: operators, properties });
    return { path: savepoint.directory, operators };
  });
}
