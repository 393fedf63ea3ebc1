/**
 * The materialized part of a changelog snapshot: rows of its readers, with the state ids and the types
 * that the whole snapshot has.
 */
import { DataOutputView, type KeyGroupRange } from '@millrace/core';
import { LIST_DELIMITER } from '../formats/canonical-keyed-state.ts';
import type { StateMetaInfoSnapshot } from '../formats/state-meta-info-snapshot.ts';
import { type ChangelogStates, type Translation, translation } from './changelog-states.ts';
import { closeReaders } from './close-readers.ts';
import {
  type KeyedStateRow,
  type KeyedStateRowBatch,
  type KeyedStateRowReader,
  rowKey,
  rowValue,
} from './keyed-state-rows.ts';
import { RowCodec, type RowInputSource, rowInput } from './row-codec.ts';

/** A part that was opened. */
export interface MaterializedReader {
  readonly reader: KeyedStateRowReader;
  /** What is read from it, in ascending order. */
  readonly keyGroups: readonly KeyGroupRange[];
}

export class MaterializedRows {
  private readonly parts: readonly MaterializedReader[];
  private readonly stateIds: readonly (readonly number[])[];
  private translators: readonly (readonly (RowTranslator | undefined)[])[] = [];

  /** @param known - is told the states of the parts */
  constructor(parts: readonly MaterializedReader[], known: ChangelogStates) {
    this.parts = parts;
    this.stateIds = parts.map(({ reader }) => reader.header.states.map((each) => known.add(each)));
  }

  /**
   * @param codecs - of the states' newest types, by state id
   * @throws ConfigError `STATE_INCOMPATIBLE`
   */
  translateTo(codecs: readonly RowCodec[], numberOfKeyGroups: number): void {
    this.translators = this.parts.map(({ reader: { header } }, i) => {
      const keySerializer = header.keySerializer.restoreSerializer();
      return header.states.map((state: StateMetaInfoSnapshot, stateId) => {
        const own = new RowCodec(state, { keySerializer, numberOfKeyGroups });
        return rowTranslator(own, codecs[this.stateIds[i]![stateId]!]!);
      });
    });
  }

  stream(range: KeyGroupRange): MaterializedStream {
    return new MaterializedStream(
      this.parts.map((part, i) => ({ rows: this.ofPart(part, i, range) })),
    );
  }

  async close(): Promise<void> {
    await closeReaders(this.parts.map(({ reader }) => reader));
  }

  private async *ofPart(
    { reader, keyGroups }: MaterializedReader,
    index: number,
    range: KeyGroupRange,
  ): AsyncGenerator<KeyedStateRowBatch, void, undefined> {
    const [stateIds, translators] = [this.stateIds[index]!, this.translators[index]!];
    const isPlain = stateIds.every((id, i) => id === i && translators[i] === undefined);
    for (const own of keyGroups) {
      const wanted = own.intersect(range);
      if (wanted === undefined) {
        continue;
      }
      for await (const batch of reader.rows(wanted)) {
        const named = { ...batch, source: batch.source ?? reader.source };
        yield isPlain ? named : rewritten(reader, named, { stateIds, translators });
      }
    }
  }
}

/** Key groups one after the other; each is asked for at most once. */
export class MaterializedStream {
  private readonly parts: {
    readonly rows: AsyncGenerator<KeyedStateRowBatch, void, undefined>;
    next: KeyedStateRowBatch | undefined;
    started: boolean;
  }[];

  constructor(parts: readonly { rows: AsyncGenerator<KeyedStateRowBatch, void, undefined> }[]) {
    this.parts = parts.map(({ rows }) => ({ rows, next: undefined, started: false }));
  }

  async *keyGroup(keyGroup: number): AsyncGenerator<KeyedStateRowBatch, void, undefined> {
    for (const part of this.parts) {
      const advance = async (): Promise<void> => {
        const { value } = await part.rows.next();
        part.next = value ?? undefined;
      };
      if (!part.started) {
        part.started = true;
        await advance();
      }
      while (part.next?.keyGroup === keyGroup) {
        yield part.next;
        await advance();
      }
    }
  }

  async close(): Promise<void> {
    for (const { rows } of this.parts) {
      await rows.return();
    }
  }
}

/** To the bytes of a state's newest type. */
interface RowTranslator {
  readonly codec: RowCodec;
  readonly userKey: Translation | undefined;
  readonly content: Translation | undefined;
}

function rowTranslator(own: RowCodec, newest: RowCodec): RowTranslator | undefined {
  const { name } = newest.state;
  const content = translation(own.contentSerializer, newest.contentSerializer, name);
  const userKey =
    own.userKeySerializer && newest.userKeySerializer
      ? translation(own.userKeySerializer, newest.userKeySerializer, name)
      : undefined;
  return content === undefined && userKey === undefined
    ? undefined
    : { codec: own, userKey, content };
}

function rewritten(
  reader: RowInputSource,
  batch: KeyedStateRowBatch,
  of: {
    readonly stateIds: readonly number[];
    readonly translators: readonly (RowTranslator | undefined)[];
  },
): KeyedStateRowBatch {
  if (batch.rows.every(({ stateId }) => of.translators[stateId] === undefined)) {
    const rows = batch.rows.map((row) => ({ ...row, stateId: of.stateIds[row.stateId]! }));
    return { ...batch, rows };
  }
  const output = new DataOutputView();
  const rows: KeyedStateRow[] = batch.rows.map((row) => {
    const translator = of.translators[row.stateId];
    const keyStart = output.position;
    writeKey(reader, batch, { row, translator, output });
    const keyEnd = output.position;
    writeValue(reader, batch, { row, translator, output });
    const valueEnd = output.position;
    return { stateId: of.stateIds[row.stateId]!, keyStart, keyEnd, valueStart: keyEnd, valueEnd };
  });
  return { ...batch, bytes: output.bytes(), rows };
}

interface RowRewrite {
  readonly row: KeyedStateRow;
  readonly translator: RowTranslator | undefined;
  readonly output: DataOutputView;
}

function writeKey(
  reader: RowInputSource,
  batch: KeyedStateRowBatch,
  { row, translator, output }: RowRewrite,
): void {
  const key = rowKey(batch, row);
  if (translator?.codec.kind === 'timer' && translator.content !== undefined) {
    output.write(translator.content(key));
  } else if (translator?.userKey !== undefined) {
    const { userKeyStart } = translator.codec.readKey(rowInput(reader, batch), row);
    const scopeBytes = userKeyStart! - row.keyStart;
    output.write(key.subarray(0, scopeBytes));
    output.write(translator.userKey(key.subarray(scopeBytes)));
  } else {
    output.write(key);
  }
}

function writeValue(
  reader: RowInputSource,
  batch: KeyedStateRowBatch,
  { row, translator, output }: RowRewrite,
): void {
  const value = rowValue(batch, row);
  const { content, codec } = translator ?? {};
  if (content === undefined || codec === undefined || codec.kind === 'timer') {
    output.write(value);
  } else if (codec.kind === 'value') {
    output.write(content(value));
  } else if (codec.kind === 'map') {
    const isNull = value[0] === 1;
    output.write(
      isNull ? value : Buffer.concat([value.subarray(0, 1), content(value.subarray(1))]),
    );
  } else {
    const ends = codec.elementEnds(rowInput(reader, batch), row);
    for (const [index, end] of ends.entries()) {
      const start = index === 0 ? row.valueStart : ends[index - 1]! + 1;
      if (index > 0) {
        output.writeByte(LIST_DELIMITER);
      }
      output.write(content(batch.bytes.subarray(start, end)));
    }
  }
}
