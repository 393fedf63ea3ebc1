/** What each kind of state says about nothing, null, empty and cleared. */
import {
  type AggregatingState,
  AggregatingStateDescriptor,
  type Collector,
  type KeyedProcessContext,
  KeyedProcessFunction,
  type ListState,
  ListStateDescriptor,
  type MapState,
  MapStateDescriptor,
  type ReducingState,
  ReducingStateDescriptor,
  type TypeInformation,
  Types,
  type ValueState,
  ValueStateDescriptor,
} from 'millrace';
import { digest, type Event } from './event.ts';
import { COUNT_AND_DIGEST, DIGEST } from './panes.ts';
import { text } from './text.ts';

const NULL = null as unknown as number;

/** Java: lab.jobs.KeyedJobs.StateRules. */
export class StateRules extends KeyedProcessFunction<string, Event, string> {
  private value!: ValueState<number>;
  private list!: ListState<number>;
  private map!: MapState<string, number | null>;
  private reducing!: ReducingState<number>;
  private aggregating!: AggregatingState<Event, string>;

  override open(): void {
    const context = this.runtimeContext;
    this.value = context.getState(new ValueStateDescriptor('value', Types.LONG));
    this.list = context.getListState(new ListStateDescriptor('list', Types.LONG));
    this.map = context.getMapState(
      new MapStateDescriptor('map', Types.STRING, Types.LONG as TypeInformation<number | null>),
    );
    this.reducing = context.getReducingState(
      new ReducingStateDescriptor<number>('reducing', digest, Types.LONG),
    );
    this.aggregating = context.getAggregatingState(
      new AggregatingStateDescriptor('aggregating', DIGEST, COUNT_AND_DIGEST),
    );
  }

  override processElement(
    event: Event,
    _context: KeyedProcessContext<string>,
    out: Collector<string>,
  ): void {
    const done = this.tryApply(event);
    const { map } = this;
    const entries = [...map.entries()].map(([key, value]) => `${key}:${value}`).sort();
    out.collect(
      text(
        event.key,
        `#${event.seq}`,
        done,
        this.value.value(),
        `[${[...this.list.get()].join(',')}]`,
        `{${entries.join(',')}}`,
        map.isEmpty(),
        map.contains('k1'),
        map.get('k1'),
        map.contains('k2'),
        this.reducing.get(),
        this.aggregating.get(),
      ),
    );
  }

  private tryApply(event: Event): string {
    const operation = OPERATIONS[event.value % 20] as Operation;
    try {
      this.apply(operation, event);
      return operation;
    } catch {
      return 'refused';
    }
  }

  private apply(operation: Operation, event: Event): void {
    const { value, list, map } = this;
    const n = event.seq;
    const effects: Record<Operation, () => void> = {
      'value.update': () => value.update(n),
      'value.update-null': () => value.update(null),
      'value.clear': () => value.clear(),
      'list.add': () => list.add(n),
      'list.add-null': () => list.add(NULL),
      'list.update': () => list.update([n, n + 1]),
      'list.update-empty': () => list.update([]),
      'list.addAll-empty': () => list.addAll([]),
      'list.addAll-null': () => list.addAll([NULL, n]),
      'list.addAll': () => list.addAll([n, n]),
      'map.put': () => map.put(`k${n % 4}`, n),
      'map.put-null': () => map.put(`k${n % 4}`, null),
      'map.remove': () => map.remove(`k${n % 4}`),
      'map.putAll': () =>
        map.putAll([
          ['k1', n],
          ['k2', n],
        ]),
      'map.clear': () => map.clear(),
      'reducing.add': () => this.reducing.add(n),
      'aggregating.add': () => this.aggregating.add(event),
      clear: () => {
        this.reducing.clear();
        this.aggregating.clear();
      },
      'list.clear': () => list.clear(),
    };
    effects[operation]();
  }
}

type Operation = (typeof OPERATIONS)[number];

const OPERATIONS = [
  'value.update',
  'value.update-null',
  'value.clear',
  'list.add',
  'list.add',
  'list.add-null',
  'list.update',
  'list.update-empty',
  'list.addAll-empty',
  'list.addAll-null',
  'list.addAll',
  'map.put',
  'map.put-null',
  'map.remove',
  'map.putAll',
  'map.clear',
  'reducing.add',
  'aggregating.add',
  'clear',
  'list.clear',
] as const;
