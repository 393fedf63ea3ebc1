/** State of the made-up job: what our state browser and SQL ask for. */
import { type DemoOperator, seeded } from './demo-job.ts';
import type { Answer, Asked, Cluster } from './site-server.ts';

const AIRPORTS =
  'ATL ORD DFW LAX PHX DEN IAH LAS DTW MSP SFO STL EWR MCO PHL CLT BOS SEA LGA PIT'.split(' ');
const KEYS = Array.from({ length: 240 }, (_, index) => {
  return index < AIRPORTS.length ? AIRPORTS[index]! : `X${String(index).padStart(3, '0')}`;
});
const LIMIT = 100;

export function demoState(operators: readonly DemoOperator[], job: string): Cluster {
  const keyed = operators.filter(({ inputs }) => inputs.length > 0).slice(0, 4);
  const base = `${job}/state`;
  return (asked) => {
    const { path, method, body } = asked;
    if (path === `${job}/snapshots`) {
      return { status: 200, body: { snapshots: SNAPSHOTS } };
    }
    if (path === `${job}/sql` && method === 'POST') {
      return sql((body as { query: string }).query);
    }
    if (path === base) {
      return { status: 200, body: overview(asked, keyed) };
    }
    const [operatorId = '', ...rest] = path.startsWith(`${base}/`)
      ? path.slice(base.length + 1).split('/')
      : [];
    const operator = keyed.find(({ id }) => id === operatorId);
    return operator === undefined ? undefined : ofOperator(operator, rest, asked);
  };
}

const SNAPSHOTS = [
  {
    id: 'chk-42',
    kind: 'checkpoint',
    checkpointId: 42,
    path: 'file:/data/checkpoints/chk-42',
    timestamp: Date.now() - 4000,
    stateSize: 254_803_968,
  },
  {
    id: 'savepoint-38',
    kind: 'savepoint',
    checkpointId: 38,
    path: 'file:/data/savepoints/savepoint-38',
    timestamp: Date.now() - 44_000,
    stateSize: 241_172_480,
  },
];

function overview({ query }: Asked, keyed: readonly DemoOperator[]): unknown {
  return {
    source: query.get('source') ?? 'live',
    operators: keyed.map(({ id, name, parallelism }, index) => ({
      operatorId: id,
      uid: ['airports', 'delays', 'join-weather', 'top-airports'][index] ?? `uid-${index}`,
      name,
      parallelism,
      maxParallelism: 128,
      states: [
        {
          name: 'count',
          kind: 'value',
          keyType: 'STRING',
          namespaceType: null,
          valueType: 'LONG',
          queryableName: index === 0 ? 'flights-per-airport' : null,
          ttlMs: null,
        },
        {
          name: 'last-flights',
          kind: 'list',
          keyType: 'STRING',
          namespaceType: null,
          valueType: 'POJO(Flight)',
          queryableName: null,
          ttlMs: 86_400_000,
        },
        {
          name: 'delay-rules',
          kind: 'broadcast',
          keyType: 'STRING',
          namespaceType: null,
          valueType: 'LONG',
          queryableName: null,
          ttlMs: null,
        },
      ],
    })),
  };
}

function ofOperator(
  operator: DemoOperator,
  rest: readonly string[],
  asked: Asked,
): Answer | undefined {
  const [first, ...more] = rest;
  if (first === 'sizes') {
    return { status: 200, body: sizes(operator) };
  }
  if (first === 'keys') {
    const keys = KEYS.slice(0, 10).map((key, at) => ({
      key,
      share: 0.24 / (at + 1),
      errorShare: 0.001,
    }));
    return { status: 200, body: { sampledAccesses: 182_000, keys } };
  }
  if (first === 'delay-rules') {
    return rules(more.join('/') === 'entries');
  }
  switch (more.join('/')) {
    case '':
      return oneKey(asked.query.get('key') ?? '');
    case 'entries':
      return entries(asked);
    case 'keys/largest': {
      const keys = KEYS.slice(0, 20).map((key, at) => ({
        key,
        bytes: 180_000 - at * 7000,
        entries: 12_000 - at * 400,
      }));
      return { status: 200, body: { keys, exact: true, scanned: KEYS.length } };
    }
    default:
      return undefined;
  }
}

/** Of two subtasks, page by page or those of one key. */
function rules(isPage: boolean): Answer {
  const names = isPage ? ['fog', 'snow', 'strike'] : ['snow'];
  const entries = [0, 1].flatMap((subtask) =>
    names.map((key, at) => ({
      keyGroup: null,
      key,
      namespace: null,
      value: 30 * (at + 1),
      subtask,
    })),
  );
  const takenAt = Date.now() - 300;
  const view = { id: 'view-2', takenAt, expiresAt: takenAt + 60_000 };
  const found = isPage
    ? { source: 'live', view, entries, cursor: null }
    : { source: 'live', key: 'snow', keyGroup: null, subtask: null, entries, truncated: false };
  return { status: 200, body: found };
}

function valueAt(key: string): unknown {
  return {
    airport: key,
    flights: (key.charCodeAt(0) * 7919) % 10_000,
    delayed: 412,
    carriers: ['AA', 'DL', 'UA', 'WN'],
    mean: {
      departure: 8.25,
      arrival: 4.5,
      worst: { flight: 'DL1234', minutes: 412, reason: 'weather at the origin' },
    },
  };
}

function oneKey(key: string): Answer {
  const at = KEYS.indexOf(key);
  return at < 0
    ? { status: 404, body: { errors: [`No entry with key ${key}.`] } }
    : {
        status: 200,
        body: {
          source: 'live',
          key,
          keyGroup: at % 128,
          subtask: at % 4,
          entries: [{ value: valueAt(key) }],
        },
      };
}

function entries({ query }: Asked): Answer {
  const from = Number(query.get('cursor') ?? 0);
  if (query.get('cursor') === 'over') {
    return { status: 410, body: { errors: ['The view has expired.'] } };
  }
  const found = KEYS.filter((key) => key.startsWith(query.get('prefix') ?? ''));
  const page = found.slice(from, from + LIMIT);
  const next = from + LIMIT < found.length ? String(from + LIMIT) : null;
  const takenAt = Date.now() - 300;
  return {
    status: 200,
    body: {
      source: 'live',
      view: { id: 'view-1', takenAt, expiresAt: takenAt + 60_000 },
      entries: page.map((key) => ({
        keyGroup: KEYS.indexOf(key) % 128,
        key,
        namespace: null,
        value: valueAt(key),
      })),
      cursor: next,
    },
  };
}

function sizes({ parallelism }: DemoOperator): unknown {
  const random = seeded(7);
  const keyGroups = Array.from({ length: 128 }, (_, keyGroup) => {
    const bytes = Math.round(1000 + 90_000 * random() ** 3 + (keyGroup === 41 ? 640_000 : 0));
    return {
      keyGroup,
      subtask: Math.floor((keyGroup * parallelism) / 128),
      entries: Math.round(bytes / 90),
      bytes,
    };
  });
  return {
    states: [
      { name: 'count', entries: 240, bytes: 24_120, exact: true },
      { name: 'last-flights', entries: 118_400, bytes: 4_180_000, exact: false },
    ],
    keyGroups,
  };
}

function sql(query: string): Answer {
  if (!/^\s*select/i.test(query)) {
    return { status: 400, body: { errors: ['Parser Error: syntax error at or near "SELEC"'] } };
  }
  return {
    status: 200,
    body: {
      columns: [
        { name: 'key', type: 'VARCHAR' },
        { name: 'value', type: 'BIGINT' },
      ],
      rows: AIRPORTS.map((airport, at) => [airport, 9000 - at * 311]),
      truncated: false,
    },
  };
}
