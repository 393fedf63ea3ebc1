/**
 * Writes savepoints with no job running: from records, and from a snapshot that is there.
 *
 * Invariants:
 * - What is written is a canonical savepoint, which every backend restores, here and in Flink. It
 *   stands by itself, and can be moved, unless it is asked to refer to files of the old snapshot.
 * - It is there once its `_metadata` is, which appears in one step; of one that failed nothing is left.
 * - The snapshot that it begins with stays as it is.
 *
 * Flink: SavepointWriter. There untouched operators always refer to the old files. Guide:
 * docs/guide/state-processor.md
 */
import {
  CheckpointError,
  CheckpointingOptions,
  type Clock,
  ConfigError,
  type ConfigOption,
  checkMaxParallelism,
  ExecutionOptions,
  SystemClock,
  type TypeInformation,
} from '@millrace/core';
import {
  CANONICAL_SAVEPOINT_PROPERTIES,
  INLINE_THRESHOLD_BYTES_DEFAULT,
  type OperatorState,
  type StateBackend,
} from '@millrace/state';
import { HashMapStateBackend } from '@millrace/state-backend-heap';
import { type OpenedSavepoint, openSavepoint } from '../read/open-savepoint.ts';
import type { OperatorIdentifier } from '../read/operator-identifier.ts';
import type { SavepointAccess } from '../snapshot/load-snapshot.ts';
import { carryOperator, renamed } from './carry-operator.ts';
import { checkParallelism } from './check-parallelism.ts';
import { copyStreams, referToStreams } from './copied-streams.ts';
import { runBootstrap } from './run-bootstrap.ts';
import { type NewSavepoint, writeSavepoint } from './savepoint-form.ts';
import type { StateBootstrapTransformation } from './state-bootstrap-transformation.ts';

export interface SavepointWriterOptions extends SavepointAccess {
  /** What keeps the state of operators that are made of records; the heap when it is left out. */
  readonly stateBackend?: StateBackend;
  /** The time of state with a time to live; the system's when it is left out. */
  readonly clock?: Clock;
}

export interface WriteSavepointOptions {
  /**
   * Of the operators with keys that are made of records; 1 when it is left out. 1 to the largest max
   * parallelism; an operator with a smaller one gets a part for each key group.
   */
  readonly parallelism?: number;
  /** True to name the files of the old snapshot, which must then stay where they are. */
  readonly referToOldFiles?: boolean;
}

export interface WrittenSavepoint {
  /** As a URI. */
  readonly path: string;
  readonly operatorIds: readonly string[];
}

/** What becomes of one operator. */
type PlannedOperator =
  | { readonly kind: 'existing'; readonly state: OperatorState; readonly rescaled?: Rescaled }
  | {
      readonly kind: 'new';
      // biome-ignore lint/suspicious/noExplicitAny: of records of any type.
      readonly transformation: StateBootstrapTransformation<any>;
    };

interface Rescaled {
  readonly maxParallelism: number;
  readonly keyType: TypeInformation<unknown> | undefined;
}

interface Planned {
  readonly id: OperatorIdentifier | { readonly operatorId: string; readonly uid?: undefined };
  readonly operator: PlannedOperator;
}

export class SavepointWriter {
  private readonly existing: OpenedSavepoint | undefined;
  private readonly options: SavepointWriterOptions;
  private maxParallelism: number;
  private inlineThresholdBytes: number;
  /** As each state is, when it is left out. */
  private compression: boolean | undefined;
  /** By operator id, in the order in which they are written. */
  private readonly operators: Map<string, Planned>;

  private constructor(
    existing: OpenedSavepoint | undefined,
    maxParallelism: number,
    options: SavepointWriterOptions,
  ) {
    this.existing = existing;
    this.options = options;
    this.maxParallelism = maxParallelism;
    this.inlineThresholdBytes = INLINE_THRESHOLD_BYTES_DEFAULT;
    this.compression = undefined;
    this.operators = new Map();
    for (const state of existing?.metadata.operatorStates ?? []) {
      const { operatorId } = state;
      this.operators.set(operatorId, { id: { operatorId }, operator: { kind: 'existing', state } });
    }
  }

  /**
   * @param options.maxParallelism - of all operators; as in the job that is to restore it
   * @throws ConfigError `MAX_PARALLELISM_OUT_OF_RANGE`
   */
  static newSavepoint(
    options: SavepointWriterOptions & { readonly maxParallelism: number },
  ): SavepointWriter {
    checkMaxParallelism(options.maxParallelism);
    return new SavepointWriter(undefined, options.maxParallelism, options);
  }

  /**
   * Begins with all that is in a snapshot, of any backend and format; one with records in flight is
   * refused when it is written. New operators get the largest max parallelism that is there.
   *
   * @throws CheckpointError `SNAPSHOT_NOT_FOUND`, `SNAPSHOT_CORRUPT`, `SNAPSHOT_VERSION_UNSUPPORTED`
   */
  static async fromExistingSavepoint(
    path: string,
    options: SavepointWriterOptions = {},
  ): Promise<SavepointWriter> {
    const existing = await openSavepoint(path, options);
    const maxima = existing.metadata.operatorStates.map((state) => state.maxParallelism);
    return new SavepointWriter(existing, Math.max(...maxima, 1), options);
  }

  /** @throws ConfigError `DUPLICATE_UID` when the operator is there; remove it first */
  withOperator<T>(id: OperatorIdentifier, transformation: StateBootstrapTransformation<T>): this {
    this.checkFree(id);
    this.operators.set(id.operatorId, { id, operator: { kind: 'new', transformation } });
    return this;
  }

  /** @throws CheckpointError `OPERATOR_NOT_IN_SNAPSHOT` */
  removeOperator(id: OperatorIdentifier): this {
    this.planned(id);
    this.operators.delete(id.operatorId);
    return this;
  }

  /**
   * Gives the state of one operator to another: a uid that was changed, or one that was missing.
   *
   * @throws CheckpointError `OPERATOR_NOT_IN_SNAPSHOT`
   * @throws ConfigError `DUPLICATE_UID`
   */
  changeOperatorIdentifier(from: OperatorIdentifier, to: OperatorIdentifier): this {
    const { operator } = this.planned(from);
    if (from.operatorId !== to.operatorId) {
      this.checkFree(to);
    }
    this.operators.delete(from.operatorId);
    this.operators.set(to.operatorId, { id: to, operator });
    return this;
  }

  /**
   * Gives each key of an operator, or of all, the key group of another max parallelism. In Flink the
   * max parallelism of state can never change.
   *
   * @param options.keyType - for keys whose hash the snapshot does not tell: POJOs
   * @throws ConfigError `MAX_PARALLELISM_OUT_OF_RANGE`
   * @throws CheckpointError `OPERATOR_NOT_IN_SNAPSHOT`
   */
  changeMaxParallelism(
    id: OperatorIdentifier | 'all',
    maxParallelism: number,
    options: { readonly keyType?: TypeInformation<unknown> } = {},
  ): this {
    checkMaxParallelism(maxParallelism);
    const planned = id === 'all' ? [...this.operators.values()] : [this.planned(id)];
    for (const { id: each, operator } of planned) {
      if (operator.kind === 'existing') {
        const rescaled = { maxParallelism, keyType: options.keyType };
        this.operators.set(each.operatorId, { id: each, operator: { ...operator, rescaled } });
      } else if (id !== 'all') {
        throw new ConfigError(
          'UNSUPPORTED',
          `operator ${id} is made of records; call setMaxParallelism where it is made`,
        );
      }
    }
    if (id === 'all') {
      this.maxParallelism = maxParallelism;
    }
    return this;
  }

  /**
   * @param option - `execution.checkpointing.data-inline-threshold`, or
   *   `execution.checkpointing.snapshot-compression`, which also is for operators that are kept
   * @throws ConfigError `UNSUPPORTED` for an option that means nothing here
   */
  withConfiguration<T>(option: ConfigOption<T>, value: NonNullable<T>): this {
    switch (option.key) {
      case CheckpointingOptions.FS_SMALL_FILE_THRESHOLD.key:
        this.inlineThresholdBytes = Number(value);
        return this;
      case ExecutionOptions.SNAPSHOT_COMPRESSION.key:
        this.compression = value === true;
        return this;
      default:
        throw new ConfigError(
          'UNSUPPORTED',
          `${option.key} means nothing for a savepoint that no job writes; leave it out`,
        );
    }
  }

  /**
   * @param path - a folder that is not there or is empty
   * @throws ConfigError `PARALLELISM_OUT_OF_RANGE`
   * @throws CheckpointError `FILE_EXISTS`, `IO_EXCEPTION`, `DISK_FULL`, and what reading throws
   */
  async write(path: string, options: WriteSavepointOptions = {}): Promise<WrittenSavepoint> {
    if (options.parallelism !== undefined) {
      checkParallelism(options.parallelism, this.maxParallelisms);
    }
    const form = {
      fileSystems: this.options.fileSystems,
      inlineThresholdBytes: this.inlineThresholdBytes,
      snapshotCompression: this.compression,
    };
    return writeSavepoint(path, form, async (savepoint) => {
      const operatorStates: OperatorState[] = [];
      for (const planned of this.operators.values()) {
        operatorStates.push(await this.writeOperator(planned, savepoint, options));
      }
      await savepoint.writeMetadata({
        checkpointId: this.checkpointId,
        operatorStates,
        masterStates: this.existing?.metadata.masterStates ?? [],
        properties: CANONICAL_SAVEPOINT_PROPERTIES,
      });
      return { path: savepoint.directory, operatorIds: [...this.operators.keys()] };
    });
  }

  /** Of those that are made of records. */
  private get maxParallelisms(): number[] {
    return [...this.operators.values()].flatMap(({ operator }) =>
      operator.kind === 'new'
        ? (operator.transformation.input.maxParallelism ?? this.maxParallelism)
        : [],
    );
  }

  private get checkpointId(): number {
    return this.existing?.metadata.checkpointId ?? 0;
  }

  private async writeOperator(
    { id, operator }: Planned,
    savepoint: NewSavepoint,
    options: WriteSavepointOptions,
  ): Promise<OperatorState> {
    if (operator.kind === 'new') {
      return runBootstrap(operator.transformation, {
        id: id as OperatorIdentifier,
        parallelism: options.parallelism ?? 1,
        maxParallelism: this.maxParallelism,
        stateBackend: this.options.stateBackend ?? new HashMapStateBackend(),
        clock: this.options.clock ?? new SystemClock(),
        checkpointId: this.checkpointId,
        streams: savepoint,
      });
    }
    const { openStateHandle } = this.existing as OpenedSavepoint;
    const carried = await carryOperator(operator.state, {
      openStateHandle,
      streams: savepoint,
      carry:
        options.referToOldFiles === true ? referToStreams : copyStreams(openStateHandle, savepoint),
      compressed: this.compression,
      ...operator.rescaled,
    });
    return renamed(carried, id);
  }

  private planned(id: OperatorIdentifier): Planned {
    const planned = this.operators.get(id.operatorId);
    if (planned === undefined) {
      const known = [...this.operators.keys()].join(', ') || 'none';
      throw new CheckpointError(
        'OPERATOR_NOT_IN_SNAPSHOT',
        `the savepoint has no operator ${id}; it has ${known}`,
      );
    }
    return planned;
  }

  private checkFree(id: OperatorIdentifier): void {
    if (this.operators.has(id.operatorId)) {
      throw new ConfigError(
        'DUPLICATE_UID',
        `the savepoint has an operator ${id} already; call removeOperator for it first`,
      );
    }
  }
}
