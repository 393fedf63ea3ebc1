/**
 * THINK HARD ABOUT THE LAYERING BEFORE CHANGING THIS TABLE.
 *
 * Which package may import which, and which room (folder of `src`) may import which room of its
 * own package. A room that is not listed here does not exist. ARCHITECTURE.md shows the same table.
 */

export interface PackageRules {
  /** The name under which others import it. */
  readonly name: string;
  /** Names of the packages of ours that it may import. */
  readonly mayImport: readonly string[];
  /** Room → the rooms of the same package that it may import. Left out: no rooms are kept. */
  readonly rooms?: Readonly<Record<string, readonly string[]>>;
}

const CORE = '@millrace/core';
const STATE = '@millrace/state';
const HEAP = '@millrace/state-backend-heap';
const ROCKSDB = '@millrace/state-backend-rocksdb';
const RUNTIME = '@millrace/runtime';
const DATASTREAM = '@millrace/datastream';
const FILES = '@millrace/connector-files';
const AVRO = '@millrace/avro';
const TESTING = '@millrace/testing';
const STATE_PROCESSOR = '@millrace/state-processor';
const SERVER = '@millrace/server';
const REST_CLIENT = '@millrace/rest-client';
const MILLRACE = 'millrace';
const CLI = '@millrace/cli';
const WEB_UI = '@millrace/web-ui';
const TESTS = '@millrace/tests';
const EVERYTHING = [
  CORE,
  STATE,
  HEAP,
  ROCKSDB,
  RUNTIME,
  DATASTREAM,
  FILES,
  AVRO,
  STATE_PROCESSOR,
  SERVER,
  REST_CLIENT,
  TESTING,
  MILLRACE,
  CLI,
];

export const HOUSE: Readonly<Record<string, PackageRules>> = {
  'packages/core': {
    name: CORE,
    mayImport: [],
    rooms: {
      accumulators: ['errors'],
      bench: [],
      config: ['errors', 'logging', 'time'],
      connector: ['errors', 'functions', 'metrics', 'serialization', 'state', 'time'],
      errors: [],
      filesystem: ['errors'],
      functions: [
        'accumulators',
        'errors',
        'metrics',
        'serialization',
        'state',
        'time',
        'windowing',
      ],
      'key-groups': ['errors', 'serialization'],
      logging: ['time'],
      metrics: [],
      serialization: ['errors', 'time', 'windowing'],
      state: ['errors', 'functions', 'serialization', 'time'],
      time: ['errors', 'metrics'],
      windowing: ['errors', 'functions', 'metrics', 'serialization', 'state', 'time'],
    },
  },
  'packages/state': {
    name: STATE,
    mayImport: [CORE],
    rooms: {
      snapshot: [],
      formats: ['snapshot'],
      storage: ['formats', 'snapshot'],
      columns: [],
      backend: ['columns', 'formats', 'rows', 'snapshot', 'storage'],
      'rocksdb-files': ['formats', 'snapshot'],
      rows: ['formats', 'rocksdb-files', 'snapshot', 'storage'],
      restore: ['backend', 'formats', 'rows', 'snapshot', 'storage'],
      ttl: ['backend'],
      latency: ['backend'],
      conformance: ['backend', 'formats', 'restore', 'rows', 'snapshot', 'storage', 'ttl'],
    },
  },
  'packages/state-backends/heap': { name: HEAP, mayImport: [CORE, STATE] },
  'packages/state-backends/rocksdb': {
    name: ROCKSDB,
    mayImport: [CORE, STATE],
    rooms: {
      binding: [],
      options: ['binding'],
      database: ['binding'],
      barrier: ['database'],
      states: ['barrier', 'database'],
      timers: ['barrier', 'database'],
      snapshot: ['barrier', 'database'],
      restore: ['binding', 'database', 'options'],
      metrics: ['database', 'options'],
      compaction: ['binding', 'database', 'options'],
      backend: [
        'barrier',
        'binding',
        'compaction',
        'database',
        'metrics',
        'options',
        'restore',
        'snapshot',
        'states',
        'timers',
      ],
    },
  },
  'packages/runtime': {
    name: RUNTIME,
    mayImport: [CORE, STATE],
    rooms: {
      configuration: [],
      'live-state': [],
      operators: ['live-state'],
      graph: ['operators'],
      checkpoint: ['graph'],
      gateway: ['checkpoint', 'configuration', 'graph', 'live-state'],
      dispatcher: [
        'checkpoint',
        'configuration',
        'gateway',
        'graph',
        'live-state',
        'logging',
        'metrics',
      ],
      metrics: ['gateway', 'network', 'tasks'],
      network: ['checkpoint', 'graph', 'operators'],
      sort: [],
      tasks: ['checkpoint', 'graph', 'live-state', 'network', 'operators', 'sort'],
      taskmanager: ['checkpoint', 'graph', 'live-state', 'network', 'operators', 'tasks'],
      jobmanager: [
        'checkpoint',
        'configuration',
        'gateway',
        'graph',
        'live-state',
        'operators',
        'taskmanager',
      ],
      logging: [],
      deployment: [
        'checkpoint',
        'configuration',
        'dispatcher',
        'gateway',
        'graph',
        'jobmanager',
        'live-state',
        'logging',
        'metrics',
        'network',
        'operators',
        'taskmanager',
        'tasks',
      ],
    },
  },
  'packages/datastream': { name: DATASTREAM, mayImport: [CORE, RUNTIME] },
  'packages/connectors/files': { name: FILES, mayImport: [CORE] },
  'packages/formats/avro': { name: AVRO, mayImport: [CORE] },
  'packages/state-processor': {
    name: STATE_PROCESSOR,
    mayImport: [CORE, STATE, HEAP, RUNTIME, AVRO],
    rooms: {
      snapshot: [],
      read: ['snapshot'],
      write: ['read', 'snapshot'],
      inspect: ['read', 'snapshot', 'write'],
      live: ['inspect', 'snapshot'],
      sql: ['inspect', 'live', 'snapshot'],
    },
  },
  'packages/server': {
    name: SERVER,
    mayImport: [CORE, STATE, RUNTIME, STATE_PROCESSOR],
    rooms: {
      rpc: [],
      cache: [],
      schema: [],
      operations: [],
      inspector: [],
      http: ['cache', 'inspector', 'operations', 'schema'],
      cluster: ['http', 'schema'],
      vertices: ['http', 'schema'],
      jobs: ['http', 'schema', 'vertices'],
      checkpoints: ['http', 'schema'],
      savepoints: ['http', 'operations', 'schema'],
      files: ['http'],
      openapi: ['http', 'schema'],
      metrics: ['cache', 'http', 'schema'],
      diagnosis: ['http', 'schema'],
      prometheus: ['cache', 'http'],
      logs: ['http', 'schema'],
      jobmanager: ['http', 'schema'],
      taskmanagers: ['http', 'metrics', 'schema'],
      threads: ['http', 'inspector', 'metrics'],
      flamegraph: ['http', 'inspector', 'schema', 'threads'],
      reporters: ['prometheus', 'rpc'],
      state: ['cache', 'http', 'schema'],
      endpoint: [
        'cache',
        'checkpoints',
        'cluster',
        'diagnosis',
        'files',
        'flamegraph',
        'http',
        'inspector',
        'jobs',
        'jobmanager',
        'logs',
        'metrics',
        'openapi',
        'operations',
        'prometheus',
        'rpc',
        'savepoints',
        'state',
        'threads',
        'vertices',
        'taskmanagers',
      ],
    },
  },
  'packages/rest-client': { name: REST_CLIENT, mayImport: [] },
  'packages/testing': { name: TESTING, mayImport: [CORE, STATE, RUNTIME, DATASTREAM, HEAP] },
  'packages/millrace': {
    name: MILLRACE,
    mayImport: [CORE, STATE, RUNTIME, DATASTREAM, HEAP, ROCKSDB, FILES, SERVER],
  },
  'packages/cli': {
    name: CLI,
    mayImport: [CORE, STATE, RUNTIME, STATE_PROCESSOR, REST_CLIENT, MILLRACE],
  },
  'packages/web-ui': {
    name: WEB_UI,
    mayImport: [REST_CLIENT],
    rooms: {
      format: [],
      rest: [],
      live: ['rest'],
      routing: [],
      widgets: ['format', 'live', 'rest'],
      shortcuts: ['live', 'widgets'],
      operations: ['format', 'live', 'rest', 'widgets'],
      jobs: ['format', 'live', 'rest', 'routing', 'widgets'],
      vertex: ['format', 'live', 'rest', 'widgets'],
      graph: ['format', 'live', 'rest', 'routing', 'vertex', 'widgets'],
      checkpoints: ['format', 'jobs', 'live', 'operations', 'rest', 'routing', 'widgets'],
      exceptions: ['format', 'live', 'rest', 'routing', 'widgets'],
      configuration: ['format', 'live', 'rest', 'widgets'],
      logs: ['format', 'live', 'rest', 'widgets'],
      cluster: ['configuration', 'format', 'live', 'logs', 'rest', 'routing', 'widgets'],
      state: ['format', 'jobs', 'live', 'rest', 'routing', 'widgets'],
      sql: ['format', 'jobs', 'live', 'rest', 'routing', 'state', 'widgets'],
      job: [
        'checkpoints',
        'configuration',
        'exceptions',
        'format',
        'graph',
        'jobs',
        'live',
        'operations',
        'rest',
        'routing',
        'shortcuts',
        'sql',
        'state',
        'widgets',
      ],
      shell: [
        'cluster',
        'format',
        'job',
        'jobs',
        'live',
        'rest',
        'routing',
        'shortcuts',
        'widgets',
      ],
    },
  },
  tools: { name: '@millrace/tools', mayImport: [CORE, SERVER, CLI] },
  benchmarks: { name: '@millrace/benchmarks', mayImport: [...EVERYTHING, TESTS] },
  tests: { name: TESTS, mayImport: EVERYTHING },
  'examples/flights': { name: '@millrace/example-flights', mayImport: [MILLRACE] },
};

/** The package that a path lies in; `undefined` outside of any. */
export function packageOf(path: string): { folder: string; rules: PackageRules } | undefined {
  const folder = Object.keys(HOUSE).find((candidate) => path.startsWith(`${candidate}/`));
  return folder === undefined ? undefined : { folder, rules: HOUSE[folder]! };
}

/** The room of a source file; `undefined` for files right below `src`, such as `index.ts`. */
export function roomOf(folder: string, path: string): string | undefined {
  const parts = path.slice(folder.length + 1).split('/');
  return parts[0] === 'src' && parts.length > 2 ? parts[1] : undefined;
}
