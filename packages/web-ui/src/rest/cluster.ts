/** Answers about task managers, the job manager and logs. */

export interface TaskManagers {
  readonly taskmanagers: readonly TaskManager[];
}

export interface TaskManager {
  readonly id: string;
  readonly path?: string;
  readonly dataPort?: number;
  readonly timeSinceLastHeartbeat?: number;
  readonly slotsNumber: number;
  readonly freeSlots: number;
  readonly hardware?: {
    readonly cpuCores: number;
    readonly physicalMemory: number;
    readonly freeMemory: number;
    readonly managedMemory: number;
  };
}

export interface TaskManagerDetails extends TaskManager {
  readonly metrics?: {
    readonly heapUsed?: number;
    readonly heapCommitted?: number;
    readonly heapMax?: number;
    readonly nonHeapUsed?: number;
    readonly directUsed?: number;
    readonly directMax?: number;
    readonly nettyShuffleMemoryUsed?: number;
    readonly nettyShuffleMemoryTotal?: number;
    readonly garbageCollectors?: readonly {
      readonly name: string;
      readonly count: number;
      readonly time: number;
    }[];
  };
  readonly allocatedSlots?: readonly { readonly jobId: string }[];
}

export interface LogList {
  readonly logs: readonly {
    readonly name: string;
    readonly size: number;
    readonly mtime?: number;
  }[];
}

export type ConfigurationEntries = readonly { readonly key: string; readonly value: string }[];

export interface Environment {
  readonly jvm?: {
    readonly version?: string;
    readonly arch?: string;
    readonly options?: readonly string[];
  };
}

export interface ThreadDump {
  readonly threadInfos: readonly {
    readonly threadName: string;
    readonly stringifiedThreadInfo: string;
  }[];
}
