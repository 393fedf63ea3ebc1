/**
 * One change of keyed state in a changelog: what was done, and for the first change of each state what
 * the state is.
 *
 * Bytes: docs/formats/changelog.md. Flink: StateChangeOperation, AbstractStateChangeLogger,
 * ChangelogBackendLogApplier.
 */
import type { FormatInput } from './format-input.ts';
import { readJavaObjectStream } from './java-object-stream.ts';
import {
  type BackendStateType,
  readStateMetaInfo,
  requireSerializerSnapshot,
  type StateMetaInfoSnapshot,
} from './state-meta-info-snapshot.ts';

/** The index is what is stored. */
export const STATE_CHANGE_OPERATIONS = [
  'CLEAR',
  'SET',
  'SET_INTERNAL',
  'ADD',
  'MERGE_NS',
  'ADD_ELEMENT',
  'ADD_OR_UPDATE_ELEMENT',
  'REMOVE_ELEMENT',
  'METADATA',
] as const;
export type StateChangeOperation = (typeof STATE_CHANGE_OPERATIONS)[number];

/** In place of a key group: the change is of metadata. */
export const COMMON_KEY_GROUP = -1;

const META_INFO_VERSION = 7;
const STORED_STATE_TYPES = new Map<BackendStateType, number>([
  ['KEY_VALUE', 0],
  ['PRIORITY_QUEUE', 3],
]);

export function readStateChangeOperation(input: FormatInput): StateChangeOperation {
  const at = input.position;
  const code = input.unsignedByte('operation');
  const operation = STATE_CHANGE_OPERATIONS[code];
  if (operation === undefined) {
    throw input.corrupt('operation', `${code} is none`, at);
  }
  return operation;
}

export interface LoggedMetaInfo {
  /** By which the changes that follow name the state. */
  readonly loggedId: number;
  readonly state: StateMetaInfoSnapshot;
}

/** What follows `METADATA`, to the end of the change. The time to live and the default are not kept. */
export function readLoggedMetaInfo(input: FormatInput): LoggedMetaInfo {
  const versionAt = input.position;
  const version = input.int('version of the state');
  if (version !== META_INFO_VERSION) {
    throw input.corrupt(
      'version of the state',
      `it is ${version}; ${META_INFO_VERSION} can be read`,
      versionAt,
    );
  }
  const state = input.decode('state', readStateMetaInfo);
  const stateType = STORED_STATE_TYPES.get(state.backendStateType);
  const field = `state '${state.name}'`;
  if (stateType === undefined) {
    throw input.corrupt(field, `${state.backendStateType} is no kind of keyed state`, versionAt);
  }
  if (state.backendStateType === 'KEY_VALUE') {
    if (input.boolean(`time to live of ${field}`)) {
      readJavaObjectStream(input, `time to live of ${field}`);
    }
    if (input.boolean(`default of ${field}`)) {
      const serializer = requireSerializerSnapshot(state, 'VALUE_SERIALIZER').restoreSerializer();
      input.decode(`default of ${field}`, (view) => serializer.deserialize(view));
    }
  }
  const loggedId = input.read(`id of ${field}`, (view) => view.readShort());
  const typeAt = input.position;
  const storedType = input.unsignedByte(`kind of ${field}`);
  if (storedType !== stateType) {
    throw input.corrupt(`kind of ${field}`, `it is ${storedType} instead of ${stateType}`, typeAt);
  }
  input.expectEnd();
  return { loggedId, state };
}
