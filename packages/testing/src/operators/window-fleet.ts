/** All subtasks of one window operator, with keys sent to the one that has their key group. */
import {
  keyGroupForKeyHash,
  type OutputTag,
  operatorIndexForKeyGroup,
  Types,
} from '@millrace/core';
import { type HarnessSnapshot, OperatorTestHarness } from '../operator-harness.ts';
import { type WindowOptions, windowOperator } from './window-fixture.ts';

const MAX_PARALLELISM = 16;
const KEYS = Types.STRING.createSerializer();

type Subtask = Awaited<ReturnType<typeof openSubtask>>;

export class WindowFleet {
  readonly parallelism: number;
  private readonly subtasks: readonly Subtask[];

  private constructor(subtasks: readonly Subtask[]) {
    this.parallelism = subtasks.length;
    this.subtasks = subtasks;
  }

  static async open(
    options: Partial<WindowOptions>,
    run: {
      readonly parallelism: number;
      readonly restored?: readonly HarnessSnapshot[] | undefined;
      readonly processingTime?: number;
    },
  ): Promise<WindowFleet> {
    const subtasks: Subtask[] = [];
    for (let subtask = 0; subtask < run.parallelism; subtask++) {
      subtasks.push(await openSubtask(options, { ...run, subtask }));
    }
    return new WindowFleet(subtasks);
  }

  subtaskOf(key: string): number {
    const keyGroup = keyGroupForKeyHash(KEYS.hashCode(key), MAX_PARALLELISM);
    return operatorIndexForKeyGroup(keyGroup, {
      parallelism: this.parallelism,
      maxParallelism: MAX_PARALLELISM,
    });
  }

  /** A record is `key:id`. */
  processElement(value: string, time?: number): void {
    const key = value.split(':')[0] as string;
    (this.subtasks[this.subtaskOf(key)] as Subtask).processElement(value, time);
  }

  processWatermark(watermark: number, isOn: (subtask: number) => boolean = () => true): void {
    for (const [index, subtask] of this.subtasks.entries()) {
      if (isOn(index)) {
        subtask.processWatermark(watermark);
      }
    }
  }

  setProcessingTime(time: number): void {
    for (const subtask of this.subtasks) {
      subtask.setProcessingTime(time);
    }
  }

  async snapshot(): Promise<HarnessSnapshot[]> {
    const snapshots: HarnessSnapshot[] = [];
    for (const subtask of this.subtasks) {
      snapshots.push(await subtask.snapshot(1));
    }
    return snapshots;
  }

  get values(): string[] {
    return this.subtasks.flatMap((subtask) => subtask.values);
  }

  sideOutput(tag: OutputTag<string>): string[] {
    return this.subtasks.flatMap((subtask) => subtask.sideOutput(tag).map(({ value }) => value));
  }

  get numberOfStateEntries(): number {
    return this.subtasks.reduce((sum, subtask) => sum + subtask.numberOfStateEntries, 0);
  }
}

function openSubtask(
  options: Partial<WindowOptions>,
  run: {
    readonly subtask: number;
    readonly parallelism: number;
    readonly restored?: readonly HarnessSnapshot[] | undefined;
    readonly processingTime?: number;
  },
) {
  const { restored, ...rest } = run;
  return OperatorTestHarness.open(windowOperator(options), {
    ...rest,
    maxParallelism: MAX_PARALLELISM,
    ...(restored === undefined ? {} : { restored }),
  });
}
