/**
 * Where the bytes of a piece of state are. Plain values, so they cross threads as they are.
 *
 * Bytes: docs/formats/checkpoint-metadata.md. Flink: StreamStateHandle.
 */

export type StreamStateHandle =
  | ByteStreamStateHandle
  | FileStateHandle
  | RelativeFileStateHandle
  | SegmentFileStateHandle
  | EmptySegmentFileStateHandle;

/** The bytes themselves, stored inside the metadata. */
export interface ByteStreamStateHandle {
  readonly kind: 'byte-stream';
  readonly handleName: string;
  readonly data: Uint8Array;
}

/** A file by absolute URI. */
export interface FileStateHandle {
  readonly kind: 'file';
  readonly path: string;
  readonly sizeBytes: number;
}

/** A file beside the metadata: such a snapshot can be moved as a folder. */
export interface RelativeFileStateHandle {
  readonly kind: 'relative-file';
  readonly relativePath: string;
  /** The absolute URI, resolved against the folder of the metadata. */
  readonly path: string;
  readonly sizeBytes: number;
}

/** A part of a file that several handles share. */
export interface SegmentFileStateHandle {
  readonly kind: 'segment-file';
  readonly path: string;
  readonly startPosition: number;
  readonly sizeBytes: number;
  readonly scope: CheckpointedStateScope;
  readonly logicalFileId: string;
}

export interface EmptySegmentFileStateHandle {
  readonly kind: 'empty-segment-file';
}

/** Whether a file belongs to one checkpoint or may be used by later ones. */
export type CheckpointedStateScope = 'exclusive' | 'shared';

export function stateHandleSizeBytes(handle: StreamStateHandle): number {
  switch (handle.kind) {
    case 'byte-stream':
      return handle.data.length;
    case 'empty-segment-file':
      return 0;
    default:
      return handle.sizeBytes;
  }
}
