/** Requests and answers about state; all of it is Millrace's own. */
import { Type } from 'typebox';
import { HexId, Long, Nullable, OneOf } from '../schema/values.ts';

/** A value, key or namespace as `millrace snapshot` prints it. */
const Json = Type.Unknown();

const STATE_KINDS = [
  'value',
  'list',
  'map',
  'reducing',
  'aggregating',
  'timers',
  'operator',
  'broadcast',
] as const;

export const JobParameters = Type.Object({ jobid: HexId() });
export const OperatorParameters = Type.Object({ jobid: HexId(), operatorid: Type.String() });
export const StateParameters = Type.Object({
  jobid: HexId(),
  operatorid: Type.String(),
  statename: Type.String(),
});
export const QueryableParameters = Type.Object({ jobid: HexId(), name: Type.String() });

const Source = Type.Optional(
  Type.String({
    description: 'live, or an id of /jobs/:jobid/snapshots',
    maxLength: 64,
  }),
);

export const SourceQuery = Type.Object({ source: Source });
export const KeyQuery = Type.Object({ source: Source, key: Type.String() });
export const EntriesQuery = Type.Object({
  source: Source,
  key: Type.Optional(Type.String({ description: 'entries of this key alone' })),
  prefix: Type.Optional(Type.String()),
  cursor: Type.Optional(Type.String({ maxLength: 128 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
});
export const CursorQuery = Type.Object({ cursor: Type.String({ maxLength: 128 }) });
export const LargestQuery = Type.Object({
  source: Source,
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
});
export const HottestQuery = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
});
export const QueryableQuery = Type.Object({
  key: Type.String(),
  namespace: Type.Optional(Type.String()),
});

export const Snapshots = Type.Object(
  {
    snapshots: Type.Array(
      Type.Object({
        id: Type.String(),
        kind: OneOf(['checkpoint', 'savepoint']),
        checkpointId: Long(),
        path: Type.String(),
        timestamp: Long(),
        stateSize: Long(),
      }),
    ),
  },
  { title: 'Snapshots' },
);

export const StateOverview = Type.Object(
  {
    source: Type.String(),
    operators: Type.Array(
      Type.Object({
        operatorId: HexId(),
        uid: Nullable(Type.String()),
        name: Nullable(Type.String()),
        parallelism: Type.Integer(),
        maxParallelism: Type.Integer(),
        states: Type.Array(
          Type.Object({
            name: Type.String(),
            kind: OneOf(STATE_KINDS),
            keyType: Nullable(Type.String()),
            namespaceType: Nullable(Type.String()),
            valueType: Nullable(Type.String()),
            serializer: Nullable(Type.String()),
            queryableName: Nullable(Type.String()),
            ttlMs: Nullable(Long()),
          }),
        ),
        problems: Type.Array(Type.String()),
      }),
    ),
  },
  { title: 'StateOverview' },
);

const Entry = Type.Object({
  keyGroup: Nullable(Type.Integer()),
  key: Json,
  namespace: Json,
  mapKey: Type.Optional(Json),
  value: Json,
  subtask: Type.Optional(Type.Integer({ description: 'of operator state: who has it' })),
  element: Type.Optional(
    Type.Integer({ description: "of a list of operator state: its place in the subtask's list" }),
  ),
});

export const KeyEntries = Type.Object(
  {
    source: Type.String(),
    key: Json,
    keyGroup: Nullable(Type.Integer()),
    subtask: Nullable(Type.Integer()),
    entries: Type.Array(Entry),
    truncated: Type.Boolean({ description: 'the key may have more' }),
  },
  { title: 'KeyEntries' },
);

export const StateEntries = Type.Object(
  {
    source: Type.String(),
    view: Type.Object({ id: Type.String(), takenAt: Long(), expiresAt: Long() }),
    entries: Type.Array(Entry),
    cursor: Nullable(Type.String()),
  },
  { title: 'StateEntries' },
);

export const StateSizes = Type.Object(
  {
    source: Type.String(),
    states: Type.Array(
      Type.Object({
        name: Type.String(),
        entries: Long(),
        bytes: Long(),
        exact: Type.Boolean(),
      }),
    ),
    keyGroups: Type.Array(
      Type.Object({
        keyGroup: Type.Integer(),
        subtask: Nullable(Type.Integer()),
        entries: Long(),
        bytes: Long(),
      }),
    ),
  },
  { title: 'StateSizes' },
);

export const LargestKeys = Type.Object(
  {
    source: Type.String(),
    keys: Type.Array(Type.Object({ key: Json, bytes: Long(), entries: Long() })),
    exact: Type.Boolean(),
    scanned: Long(),
  },
  { title: 'LargestKeys' },
);

export const HottestKeys = Type.Object(
  {
    sampledAccesses: Long(),
    keys: Type.Array(Type.Object({ key: Json, share: Type.Number(), errorShare: Type.Number() })),
  },
  { title: 'HottestKeys' },
);

export const QueryableStates = Type.Object(
  {
    queryableStates: Type.Array(
      Type.Object({
        name: Type.String(),
        operatorId: HexId(),
        operatorName: Type.String(),
        stateName: Type.String(),
        kind: Nullable(OneOf(STATE_KINDS)),
        keyType: Nullable(Type.String()),
        namespaceType: Nullable(Type.String()),
        valueType: Nullable(Type.String()),
      }),
    ),
  },
  { title: 'QueryableStates' },
);

export const QueriedValue = Type.Object(
  {
    key: Json,
    value: Json,
    truncated: Type.Boolean({ description: 'a map may have more entries' }),
  },
  { title: 'QueriedValue' },
);

export const SqlRequestBody = Type.Object(
  {
    query: Type.String({ maxLength: 100_000 }),
    source: Source,
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000 })),
  },
  { title: 'SqlRequestBody', additionalProperties: false },
);

export const SqlResult = Type.Object(
  {
    columns: Type.Array(Type.Object({ name: Type.String(), type: Type.String() })),
    rows: Type.Array(Type.Array(Json)),
    truncated: Type.Boolean(),
  },
  { title: 'SqlResult' },
);
