/**
 * What state with a time to live must give, said as plainly as can be.
 *
 * Invariant: every method gives what the same access to a right state gives, and leaves behind what
 * that leaves behind.
 */
import type { StateTtlConfig } from '@millrace/core';

interface Stamped<T> {
  readonly value: T;
  readonly at: number;
}

/** All state of one key: of each kind, one. */
interface KeyModel {
  value: Stamped<number> | undefined;
  list: Stamped<string>[];
  map: Map<string, Stamped<number[]>>;
  reducing: Stamped<number[]> | undefined;
  aggregating: Stamped<number[]> | undefined;
}

type FoldingKind = 'reducing' | 'aggregating';

export class TtlModel {
  now = 0;
  key = '';
  private readonly config: StateTtlConfig;
  private keys: Map<string, KeyModel> = new Map();

  constructor(config: StateTtlConfig) {
    this.config = config;
  }

  /** What a snapshot of now holds. */
  snapshot(): TtlModel {
    const copy = new TtlModel(this.config);
    copy.keys = structuredClone(this.keys);
    if (this.config.cleanupStrategies.inFullSnapshot) {
      const lives = (stamped: Stamped<unknown> | undefined): boolean =>
        stamped !== undefined && !this.isExpired(stamped);
      for (const state of copy.keys.values()) {
        state.value = lives(state.value) ? state.value : undefined;
        state.list = state.list.filter(lives);
        state.map = new Map([...state.map].filter(([, value]) => lives(value)));
        state.reducing = lives(state.reducing) ? state.reducing : undefined;
        state.aggregating = lives(state.aggregating) ? state.aggregating : undefined;
      }
    }
    return copy;
  }

  update(value: number): void {
    this.current.value = this.stamped(value);
  }

  value(): number | undefined {
    return this.read(this.current.value, (next) => {
      this.current.value = next;
    });
  }

  addAll(values: readonly string[]): void {
    this.current.list.push(...values.map((value) => this.stamped(value)));
  }

  updateList(values: readonly string[]): void {
    this.current.list = values.map((value) => this.stamped(value));
  }

  /** Expired elements go together with the last one, or when reading makes the others young. */
  list(): string[] {
    const { list } = this.current;
    const alive = list.filter((element) => !this.isExpired(element));
    const seen = this.config.stateVisibility === 'NeverReturnExpired' ? alive : list;
    if (this.config.updateType === 'OnReadAndWrite') {
      this.current.list = alive.map(({ value }) => this.stamped(value));
    } else if (alive.length === 0) {
      this.current.list = [];
    }
    return seen.map(({ value }) => value);
  }

  put(userKey: string, value: number[]): void {
    this.current.map.set(userKey, this.stamped(value));
  }

  remove(userKey: string): void {
    this.current.map.delete(userKey);
  }

  get(userKey: string): number[] | undefined {
    const { map } = this.current;
    return this.read(map.get(userKey), (next) => {
      next === undefined ? map.delete(userKey) : map.set(userKey, next);
    });
  }

  entries(): [string, number[]][] {
    return [...this.current.map.keys()].flatMap((userKey): [string, number[]][] => {
      const value = this.get(userKey);
      return value === undefined ? [] : [[userKey, value]];
    });
  }

  add(kind: FoldingKind, value: number): void {
    const before = this.current[kind];
    const seen =
      before === undefined ||
      (this.isExpired(before) && this.config.stateVisibility === 'NeverReturnExpired')
        ? []
        : before.value;
    this.current[kind] = this.stamped([...seen, value]);
  }

  folded(kind: FoldingKind): number[] | undefined {
    return this.read(this.current[kind], (next) => {
      this.current[kind] = next;
    });
  }

  clear(): void {
    this.keys.delete(this.key);
  }

  private get current(): KeyModel {
    let state = this.keys.get(this.key);
    if (state === undefined) {
      state = {
        value: undefined,
        list: [],
        map: new Map(),
        reducing: undefined,
        aggregating: undefined,
      };
      this.keys.set(this.key, state);
    }
    return state;
  }

  private read<T>(
    stamped: Stamped<T> | undefined,
    write: (next: Stamped<T> | undefined) => void,
  ): T | undefined {
    if (stamped === undefined) {
      return undefined;
    }
    if (this.isExpired(stamped)) {
      write(undefined);
      return this.config.stateVisibility === 'NeverReturnExpired' ? undefined : stamped.value;
    }
    if (this.config.updateType === 'OnReadAndWrite') {
      write(this.stamped(stamped.value));
    }
    return stamped.value;
  }

  private stamped<T>(value: T): Stamped<T> {
    return { value, at: this.now };
  }

  private isExpired(stamped: Stamped<unknown>): boolean {
    return this.now - stamped.at >= this.config.timeToLiveMs;
  }
}
