/**
 * Compares operator state: lists as multisets over all subtasks, since a restore deals their items
 * out anew; broadcast state by one subtask's copy.
 */
import type { OperatorStateInfo } from '../snapshot/snapshot.ts';
import { type JsonValue, valueToJson } from '../snapshot/value-to-json.ts';
import type { DiffCounts, ItemDifference } from './difference.ts';
import type { KeyedSide } from './keyed-state-diff.ts';
import {
  itemsOfSubtask,
  operatorStateHandles,
  type RawOperatorItem,
} from './operator-state-items.ts';
import { stableText } from './stable-text.ts';

interface Counted {
  readonly key: JsonValue | undefined;
  readonly value: JsonValue;
  /** What it is compared by; of a broadcast entry its value alone. */
  readonly text: string;
  count: number;
}

export async function diffOperatorState(
  before: KeyedSide & { readonly state: OperatorStateInfo },
  after: KeyedSide & { readonly state: OperatorStateInfo },
  options: {
    readonly counts: DiffCounts;
    report(difference: Omit<ItemDifference, 'operatorId' | 'label'>): Promise<void>;
  },
): Promise<void> {
  const held = await countedItems(before);
  const found = await countedItems(after);
  const { counts, report } = options;
  const common = { kind: 'item' as const, state: after.state.name };
  for (const [identity, item] of found) {
    const old = held.get(identity);
    held.delete(identity);
    const key = item.key === undefined ? {} : { key: item.key };
    if (old !== undefined && old.text !== item.text) {
      counts.changed++;
      const values = { before: old.value, after: item.value };
      await report({ ...common, ...key, change: 'changed', ...values, times: 1 });
      continue;
    }
    const times = item.count - (old?.count ?? 0);
    counts.same += Math.min(item.count, old?.count ?? 0);
    if (times > 0) {
      counts.added += times;
      await report({ ...common, ...key, change: 'added', after: item.value, times });
    } else if (times < 0) {
      counts.removed -= times;
      await report({ ...common, ...key, change: 'removed', before: item.value, times: -times });
    }
  }
  for (const { key, value, count } of held.values()) {
    counts.removed += count;
    const of = key === undefined ? {} : { key };
    await report({ ...common, ...of, change: 'removed', before: value, times: count });
  }
}

/** By their text; entries of a broadcast state by that of their key. */
async function countedItems(
  side: KeyedSide & { readonly state: OperatorStateInfo },
): Promise<Map<string, Counted>> {
  const { snapshot, operator, state } = side;
  const items = new Map<string, Counted>();
  const handles = operatorStateHandles(operator, state.name);
  const wanted = state.mode === 'broadcast' ? handles.slice(0, 1) : handles;
  for (const of of wanted) {
    for (const item of await itemsOfSubtask(snapshot, operator, { ...of, state })) {
      const text = stableText(item.value, false);
      const identity = item.isBroadcast ? stableText(item.key, false) : text;
      const counted = items.get(identity);
      if (counted === undefined) {
        items.set(identity, { ...shown(item), text, count: 1 });
      } else {
        counted.count++;
      }
    }
  }
  return items;
}

function shown({ key, isBroadcast, value }: RawOperatorItem): Pick<Counted, 'key' | 'value'> {
  return { key: isBroadcast ? valueToJson(key) : undefined, value: valueToJson(value) };
}
