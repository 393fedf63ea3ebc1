/**
 * Key groups as objects, from rows: of a list all elements, of a map all entries together. What
 * backends restore from.
 *
 * Invariant: a reader decodes with the serializers that wrote the snapshot, whatever the program
 * declares.
 */
import { CheckpointError, type KeyGroupRange } from '@millrace/core';
import type { FormatInput } from '../formats/format-input.ts';
import type { HeapKeyGroup, HeapStateEntry } from '../formats/heap-keyed-state.ts';
import { HeapRowReader } from './heap-row-reader.ts';
import { KeyGroupCheck } from './key-group-check.ts';
import type { KeyedStateRow, KeyedStateRowBatch, KeyedStateRowReader } from './keyed-state-rows.ts';
import { type RowCodec, rowCodecs, rowInput } from './row-codec.ts';

/**
 * Key groups and states without entries may be left out. At most one key group is in memory.
 *
 * @throws CheckpointError `SNAPSHOT_CORRUPT`, `SNAPSHOT_NOT_FOUND`
 */
export async function* readKeyGroups(
  reader: KeyedStateRowReader,
  options: { readonly numberOfKeyGroups: number; readonly keyGroups?: KeyGroupRange },
): AsyncGenerator<HeapKeyGroup, void, undefined> {
  const keySerializer = reader.header.keySerializer.restoreSerializer();
  const check = new KeyGroupCheck(keySerializer, options.numberOfKeyGroups);
  for await (const keyGroup of uncheckedKeyGroups(reader, options)) {
    checkKeys(keyGroup, check, reader.source);
    yield keyGroup;
  }
}

function checkKeys(group: HeapKeyGroup, check: KeyGroupCheck, source: string): void {
  for (const { state, entries, elements } of group.states) {
    for (const { key } of [entries, elements as readonly { readonly key: unknown }[]].flat()) {
      const reason = key === undefined ? undefined : check.reasonAgainst(key, group.keyGroup);
      if (reason !== undefined) {
        throw new CheckpointError(
          'SNAPSHOT_CORRUPT',
          `${source} is corrupt in the key group from byte ${group.startOffset} to ` +
            `${group.endOffset}, in a key of state '${state.name}': ${reason}; restore another snapshot`,
        );
      }
    }
  }
}

async function* uncheckedKeyGroups(
  reader: KeyedStateRowReader,
  options: { readonly numberOfKeyGroups: number; readonly keyGroups?: KeyGroupRange },
): AsyncGenerator<HeapKeyGroup, void, undefined> {
  if (reader instanceof HeapRowReader && !reader.header.compressed) {
    yield* reader.keyGroups(options.keyGroups);
    return;
  }
  const codecs = rowCodecs(reader.header, options);
  let collector: KeyGroupCollector | undefined;
  for await (const batch of reader.rows(options.keyGroups)) {
    if (collector !== undefined && collector.keyGroup !== batch.keyGroup) {
      yield collector.finish();
      collector = undefined;
    }
    collector ??= new KeyGroupCollector(codecs, batch);
    collector.add(rowInput(reader, batch), batch);
  }
  if (collector !== undefined) {
    yield collector.finish();
  }
}

interface Collected {
  readonly entries: HeapStateEntry[];
  readonly elements: unknown[];
  /** The maps by the bytes of key and namespace: each of their entries comes on its own. */
  readonly maps: Map<string, Map<unknown, unknown>>;
  /** That of the last row: the entries of a map mostly follow each other. */
  lastMap: { readonly identity: Uint8Array; readonly map: Map<unknown, unknown> } | undefined;
}

class KeyGroupCollector {
  readonly keyGroup: number;
  private readonly codecs: readonly RowCodec[];
  private readonly startOffset: number;
  private endOffset: number;
  private readonly collected = new Map<number, Collected>();

  constructor(codecs: readonly RowCodec[], first: KeyedStateRowBatch) {
    this.codecs = codecs;
    this.keyGroup = first.keyGroup;
    this.startOffset = first.fileOffset;
    this.endOffset = first.fileOffset;
  }

  add(input: FormatInput, batch: KeyedStateRowBatch): void {
    for (const row of batch.rows) {
      this.addRow(input, row);
    }
    this.endOffset = batch.endOffset ?? batch.fileOffset + batch.bytes.length;
  }

  finish(): HeapKeyGroup {
    const { keyGroup, startOffset, endOffset } = this;
    const states = Array.from(this.collected, ([stateId, { entries, elements }]) => {
      const { state } = this.codecs[stateId] as RowCodec;
      return { keyGroup, stateId, state, entries, elements };
    });
    return { keyGroup, startOffset, endOffset, states };
  }

  private addRow(input: FormatInput, row: KeyedStateRow): void {
    const codec = this.codecs[row.stateId] as RowCodec;
    let collected = this.collected.get(row.stateId);
    if (collected === undefined) {
      collected = { entries: [], elements: [], maps: new Map(), lastMap: undefined };
      this.collected.set(row.stateId, collected);
    }
    if (codec.kind === 'timer') {
      collected.elements.push(codec.readTimer(input, row));
      return;
    }
    if (codec.kind === 'map') {
      addMapEntry(collected, codec, { input, row });
      return;
    }
    const { key, namespace } = codec.readKey(input, row);
    collected.entries.push({ key, namespace, value: codec.readValue(input, row) });
  }
}

function addMapEntry(
  collected: Collected,
  codec: RowCodec,
  { input, row }: { readonly input: FormatInput; readonly row: KeyedStateRow },
): void {
  const last = collected.lastMap;
  if (last !== undefined && input.hasBytes(row.keyStart, row.keyEnd, last.identity)) {
    const userKey = codec.readUserKey(input, row, row.keyStart + last.identity.length);
    last.map.set(userKey, codec.readValue(input, row));
    return;
  }
  const { key, namespace, userKey, userKeyStart } = codec.readKey(input, row);
  const identity = input.slice(row.keyStart, userKeyStart ?? row.keyEnd);
  const text = identity.toString('latin1');
  let map = collected.maps.get(text);
  if (map === undefined) {
    map = new Map();
    collected.maps.set(text, map);
    collected.entries.push({ key, namespace, value: map });
  }
  collected.lastMap = { identity, map };
  map.set(userKey, codec.readValue(input, row));
}
