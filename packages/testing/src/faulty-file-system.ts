/**
 * A file system that fails where a test wants it to.
 *
 * Each operation is a step with a number, from 1. A plan says what happens at a step; without a
 * word from it the step goes through. A step that crashes leaves the file system dead: every later
 * step fails too, until `revive`.
 */
import {
  type ErrorCode,
  type FileReader,
  type FileStatus,
  type FileSystem,
  type FileWriter,
  TaskError,
} from '@millrace/core';
import { SeededRandom } from './seeded-random.ts';

export type FileOperation =
  | 'open'
  | 'read'
  | 'create'
  | 'write'
  | 'sync'
  | 'close'
  | 'status'
  | 'list'
  | 'mkdirs'
  | 'rename'
  | 'delete';

export interface FileStep {
  /** Over all operations, from 1. */
  readonly step: number;
  readonly operation: FileOperation;
  readonly path: string;
  /** How many operations of this kind there were, this one included. */
  readonly occurrence: number;
}

export type FileFault =
  | { readonly kind: 'fail'; readonly code: Extract<ErrorCode, 'DISK_FULL' | 'IO_EXCEPTION'> }
  /** Only the first bytes are written, then the write fails. */
  | { readonly kind: 'torn-write'; readonly keepBytes: number }
  /** Nothing happens, now or later. */
  | { readonly kind: 'crash' };

export type FaultPlan = (step: FileStep) => FileFault | undefined;

/** The nth operation of a kind fails. */
export function failNth(
  operation: FileOperation,
  occurrence: number,
  fault: FileFault = { kind: 'fail', code: 'IO_EXCEPTION' },
): FaultPlan {
  return (step) =>
    step.operation === operation && step.occurrence === occurrence ? fault : undefined;
}

export function crashAtStep(step: number): FaultPlan {
  return (at) => (at.step === step ? { kind: 'crash' } : undefined);
}

/** Each changing operation fails with the probability; the seed decides which and how. */
export function failRandomly(options: { seed: number; probability: number }): FaultPlan {
  const random = new SeededRandom(options.seed);
  const changing: ReadonlySet<FileOperation> = new Set<FileOperation>([
    'create',
    'write',
    'sync',
    'close',
    'rename',
  ]);
  return ({ operation }) => {
    if (!changing.has(operation) || random.next() >= options.probability) {
      return undefined;
    }
    const kind = random.nextInt(operation === 'write' ? 3 : 2);
    return kind === 2
      ? { kind: 'torn-write', keepBytes: random.nextInt(64) }
      : { kind: 'fail', code: kind === 0 ? 'IO_EXCEPTION' : 'DISK_FULL' };
  };
}

export class FaultyFileSystem implements FileSystem {
  readonly scheme: string;
  /** Replace it to change what fails from now on. */
  plan: FaultPlan;
  private readonly inner: FileSystem;
  private readonly occurrences = new Map<FileOperation, number>();
  private stepCount = 0;
  private dead = false;

  constructor(inner: FileSystem, plan: FaultPlan = () => undefined) {
    this.inner = inner;
    this.scheme = inner.scheme;
    this.plan = plan;
  }

  /** Steps so far: run once without faults to learn how many there are to crash at. */
  get steps(): number {
    return this.stepCount;
  }

  get crashed(): boolean {
    return this.dead;
  }

  /** The process has started again. */
  revive(): void {
    this.dead = false;
  }

  async open(path: string): Promise<FileReader> {
    this.step('open', path);
    const reader = await this.inner.open(path);
    return {
      sizeBytes: reader.sizeBytes,
      read: async (position, length) => {
        this.step('read', path);
        return await reader.read(position, length);
      },
      close: () => reader.close(),
    };
  }

  async create(path: string, options: { overwrite: boolean }): Promise<FileWriter> {
    this.step('create', path);
    return this.writerOf(path, await this.inner.create(path, options));
  }

  async getFileStatus(path: string): Promise<FileStatus | undefined> {
    this.step('status', path);
    return await this.inner.getFileStatus(path);
  }

  async listStatus(directory: string): Promise<FileStatus[]> {
    this.step('list', directory);
    return await this.inner.listStatus(directory);
  }

  async mkdirs(path: string): Promise<void> {
    this.step('mkdirs', path);
    await this.inner.mkdirs(path);
  }

  async rename(source: string, target: string): Promise<void> {
    this.step('rename', source);
    await this.inner.rename(source, target);
  }

  async delete(path: string, options: { recursive: boolean }): Promise<boolean> {
    this.step('delete', path);
    return await this.inner.delete(path, options);
  }

  private writerOf(path: string, writer: FileWriter): FileWriter {
    return {
      get position(): number {
        return writer.position;
      },
      write: async (bytes) => {
        const keepBytes = this.step('write', path);
        if (keepBytes !== undefined) {
          await writer.write(bytes.subarray(0, keepBytes));
          throw new TaskError(
            'IO_EXCEPTION',
            `${path}: the write stopped after ${keepBytes} bytes`,
          );
        }
        await writer.write(bytes);
      },
      sync: async () => {
        this.step('sync', path);
        await writer.sync();
      },
      close: async () => {
        this.step('close', path);
        await writer.close();
      },
      abort: async () => {
        if (!this.dead) {
          await writer.abort();
        }
      },
    };
  }

  /** @returns how many bytes a torn write keeps */
  private step(operation: FileOperation, path: string): number | undefined {
    if (this.dead) {
      throw new TaskError('IO_EXCEPTION', `${path}: the process is dead; nothing can be done`);
    }
    const occurrence = (this.occurrences.get(operation) ?? 0) + 1;
    this.occurrences.set(operation, occurrence);
    const fault = this.plan({ step: ++this.stepCount, operation, path, occurrence });
    switch (fault?.kind) {
      case undefined:
        return undefined;
      case 'torn-write':
        if (operation === 'write') {
          return fault.keepBytes;
        }
        throw new TaskError('IO_EXCEPTION', `${path}: ${operation} failed as planned`);
      case 'fail':
        throw new TaskError(fault.code, `${path}: ${operation} failed as planned`);
      case 'crash':
        this.dead = true;
        throw new TaskError('IO_EXCEPTION', `${path}: the process died at ${operation}`);
    }
  }
}
