/** `millrace snapshot edit`: a new savepoint with some entries, states or operators otherwise. */
import { readFile } from 'node:fs/promises';
import { errorMessage } from '@millrace/core';
import {
  type EditResult,
  edit,
  OperatorIdentifier,
  parseExactJson,
  type Snapshot,
  type SnapshotEdit,
  valueFromText,
  valueToJson,
} from '@millrace/state-processor';
import {
  type CommandContext,
  openNamed,
  type SnapshotOptions,
  withProgress,
} from '../command-context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { type Column, printTable } from '../terminal/table.ts';
import { UsageError } from '../usage-error.ts';
import { watchedFileSystems } from '../watched-file-systems.ts';

/** Of each option its words, one after another; commander gathers those of all occurrences. */
export interface EditCommandOptions extends SnapshotOptions {
  readonly set?: readonly string[];
  readonly delete?: readonly string[];
  readonly deleteState?: readonly string[];
  readonly renameUid?: readonly string[];
  readonly dropOperator?: readonly string[];
  readonly edits?: string;
}

export async function editSnapshot(
  path: string,
  target: string,
  options: EditCommandOptions,
  context: CommandContext,
): Promise<number> {
  const { terminal } = context;
  const snapshot = await openNamed(path, options, context);
  const edits = [...editsOfOptions(snapshot, options), ...(await editsOfFile(snapshot, options))];
  if (edits.length === 0) {
    throw new UsageError(
      'nothing is to be changed; give --set, --delete, --delete-state, --rename-uid, --drop-operator or --edits',
    );
  }
  const { path: written, results } = await withProgress(context, options, (longRead) =>
    edit(snapshot.path, target, edits, {
      pathRebase: options.rebase ?? [],
      fileSystems: watchedFileSystems(longRead, snapshot.sizeBytes),
    }),
  );
  if (options.json === true) {
    const json = { path: written, results: results.map(resultJson) };
    await terminal.write(`${JSON.stringify(json, exactDigits, 2)}\n`);
  } else {
    await printTable(terminal, COLUMNS, results.map(rowOf));
    terminal.note(`wrote ${written}`);
  }
  return EXIT_CODES.OK;
}

const COLUMNS: readonly Column[] = [
  { title: 'EDIT' },
  { title: 'OPERATOR' },
  { title: 'STATE' },
  { title: 'ADDED', align: 'right' },
  { title: 'REPLACED', align: 'right' },
  { title: 'REMOVED', align: 'right' },
];

function rowOf({ edit, added, replaced, removed }: Readonly<EditResult>) {
  const { kind, operator } = edit;
  const state = 'state' in edit ? edit.state : undefined;
  return [kind, operator.uid ?? operator.operatorId, state, added, replaced, removed];
}

function resultJson({ edit, added, replaced, removed }: Readonly<EditResult>): object {
  const { operator, ...rest } = edit;
  return { ...rest, operatorId: operator.operatorId, added, replaced, removed };
}

/** As `valueToJson` has them. */
function exactDigits(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

/** What each option takes. */
const SHAPES = {
  set: ['OPERATOR', 'STATE', 'KEY', 'VALUE'],
  delete: ['OPERATOR', 'STATE', 'KEY'],
  deleteState: ['OPERATOR', 'STATE'],
  renameUid: ['OPERATOR', 'NEW_UID'],
  dropOperator: ['OPERATOR'],
} as const;

function editsOfOptions(snapshot: Snapshot, options: EditCommandOptions): SnapshotEdit[] {
  const groups = <K extends keyof typeof SHAPES>(name: K): string[][] => {
    const words = options[name] ?? [];
    const shape = SHAPES[name];
    if (words.length % shape.length !== 0) {
      const option = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      throw new UsageError(`--${option} takes ${shape.join(' ')}; it was given ${words.join(' ')}`);
    }
    return Array.from({ length: words.length / shape.length }, (_, i) =>
      words.slice(i * shape.length, (i + 1) * shape.length),
    );
  };
  const find = (selector: string) => identify(snapshot, selector);
  return [
    ...groups('set').map(
      ([operator = '', state = '', key = '', value = '']): SnapshotEdit => ({
        kind: 'set',
        operator: find(operator),
        state,
        key: keyJson(snapshot, operator, key),
        value: jsonOrText(value),
      }),
    ),
    ...groups('delete').map(
      ([operator = '', state = '', key = '']): SnapshotEdit => ({
        kind: 'delete',
        operator: find(operator),
        state,
        key: keyJson(snapshot, operator, key),
      }),
    ),
    ...groups('deleteState').map(
      ([operator = '', state = '']): SnapshotEdit => ({
        kind: 'delete-state',
        operator: find(operator),
        state,
      }),
    ),
    ...groups('renameUid').map(
      ([operator = '', to = '']): SnapshotEdit => ({
        kind: 'rename-operator',
        operator: find(operator),
        to: OperatorIdentifier.forUid(to),
      }),
    ),
    ...groups('dropOperator').map(
      ([operator = '']): SnapshotEdit => ({ kind: 'drop-operator', operator: find(operator) }),
    ),
  ];
}

function identify(snapshot: Snapshot, selector: string): OperatorIdentifier {
  const { operatorId, uid } = snapshot.operator(selector);
  return uid === undefined
    ? OperatorIdentifier.forUidHash(operatorId)
    : OperatorIdentifier.forUid(uid);
}

/** As `cat --key` takes it: text needs no quotes. */
function keyJson(snapshot: Snapshot, operator: string, text: string): unknown {
  const { keySerializer } = snapshot.operator(operator);
  return keySerializer === undefined
    ? jsonOrText(text)
    : valueToJson(valueFromText(keySerializer, text));
}

function jsonOrText(text: string): unknown {
  try {
    return parseExactJson(text);
  } catch {
    return text;
  }
}

/** An array of edits; `operator` is a uid, name or id, `to` a uid. */
async function editsOfFile(
  snapshot: Snapshot,
  { edits }: EditCommandOptions,
): Promise<SnapshotEdit[]> {
  if (edits === undefined) {
    return [];
  }
  let list: unknown;
  try {
    list = parseExactJson(await readFile(edits, 'utf8'));
  } catch (error) {
    throw new UsageError(`${edits} cannot be read as JSON: ${errorMessage(error)}`);
  }
  if (!Array.isArray(list)) {
    throw new UsageError(`${edits} holds no array of edits; see millrace snapshot edit --help`);
  }
  return list.map((each, index) => editOfJson(snapshot, each, `edit ${index + 1} of ${edits}`));
}

/** The fields of each kind, beside `kind` and `operator`; those with `?` may be left out. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  set: ['state', 'key', 'namespace?', 'userKey?', 'value'],
  delete: ['state', 'key', 'namespace?', 'userKey?', 'value?'],
  'delete-state': ['state'],
  'rename-operator': ['to'],
  'drop-operator': [],
};

function editOfJson(snapshot: Snapshot, json: unknown, what: string): SnapshotEdit {
  const { kind, operator, to, state } = (json ?? {}) as Readonly<Record<string, unknown>>;
  const fields = typeof kind === 'string' ? FIELDS[kind] : undefined;
  if (fields === undefined) {
    const kinds = Object.keys(FIELDS).join(', ');
    throw new UsageError(`${what} has the kind ${JSON.stringify(kind)}; use ${kinds}`);
  }
  checkFields(json as object, ['kind', 'operator', ...fields], what);
  const needsState = kind !== 'rename-operator' && kind !== 'drop-operator';
  if (typeof operator !== 'string' || (needsState && typeof state !== 'string')) {
    throw new UsageError(`${what} needs an operator${needsState ? ' and a state' : ''}, as text`);
  }
  if (kind === 'rename-operator' && typeof to !== 'string') {
    throw new UsageError(`${what} needs a new uid in "to", as text`);
  }
  return {
    ...(json as object),
    operator: identify(snapshot, operator),
    ...(typeof to === 'string' ? { to: OperatorIdentifier.forUid(to) } : {}),
  } as SnapshotEdit;
}

/** @param fields - those with `?` may be left out */
function checkFields(json: object, fields: readonly string[], what: string): void {
  const names = fields.map((field) => field.replace('?', ''));
  const unknown = Object.keys(json).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(
      `${what} has an unknown field "${unknown}"; it may have ${names.join(', ')}`,
    );
  }
  const missing = fields.find((field) => !field.endsWith('?') && !Object.hasOwn(json, field));
  if (missing !== undefined) {
    throw new UsageError(`${what} has no "${missing}"; it needs one`);
  }
}
