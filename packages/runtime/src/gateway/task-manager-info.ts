/**
 * Where tasks run, as it is shown: the process with `execution.target: local`, a worker thread with
 * `threads`. All sizes in bytes.
 *
 * Flink: TaskManagerInfo, TaskManagerDetailsInfo.
 */
export interface TaskManagerInfo {
  readonly id: string;
  /** Always `localhost`: all task managers are threads of this process. */
  readonly host: string;
  /** `localhost:0`: nothing listens on a port. */
  readonly endpoint: string;
  readonly slotsNumber: number;
  readonly freeSlots: number;
  /** Whose tasks it runs, one a slot. */
  readonly allocatedSlots: readonly { readonly jobId: string }[];
  /** ms since the epoch. Now, for the thread that answers. */
  readonly lastHeartbeatMs: number;
  readonly hardware: HardwareDescription;
  readonly memoryConfiguration: TaskManagerMemoryConfiguration;
  /** Of JavaScript, as of the last heartbeat; `undefined` before the first. */
  readonly heap:
    | { readonly usedBytes: number; readonly committedBytes: number; readonly maxBytes: number }
    | undefined;
}

export interface HardwareDescription {
  readonly cpuCores: number;
  readonly physicalMemoryBytes: number;
  readonly freeMemoryBytes: number;
  readonly managedMemoryBytes: number;
}

/** Of `taskmanager.memory.*`; what Node does not divide is 0. */
export interface TaskManagerMemoryConfiguration {
  readonly taskHeapBytes: number;
  readonly networkMemoryBytes: number;
  readonly managedMemoryBytes: number;
}
