/** What each line is to reach against Flink: the table of `docs/performance.md`. */
import type { Distribution } from '../key-order.ts';
import type { PipelineWork } from '../pipelines/pipeline-work.ts';
import type { Aim, ComparedBackendName } from './compared-line.ts';

type OfBackends = Readonly<Record<ComparedBackendName, number>>;

const FEW_KEYS = { heap: 2, rocksdb: 3 };
const GROWS = { heap: 1.5, rocksdb: 2 };
/** From so many keys on, there are many. */
const MANY = 5_000_000;
const MANY_UNIFORM = { heap: 1.5, rocksdb: 1.5 };
const MANY_ZIPF = { heap: 2, rocksdb: 10 };

const ACCESSES: Readonly<Record<string, OfBackends>> = {
  'value get': FEW_KEYS,
  'value update': FEW_KEYS,
  'value get+update': FEW_KEYS,
  'value add': GROWS,
  'list get': FEW_KEYS,
  'list add': GROWS,
  'map get': FEW_KEYS,
  'map put': FEW_KEYS,
  'map contains': FEW_KEYS,
  'map iterate10': FEW_KEYS,
  'map add': GROWS,
};

const PIPELINES: Readonly<Record<PipelineWork, OfBackends>> = {
  wordcount: { heap: 3, rocksdb: 5 },
  'wordcount-anew': { heap: 3, rocksdb: 5 },
  tumbling: { heap: 2, rocksdb: 10 },
  sliding: { heap: 3, rocksdb: 5 },
  q5: { heap: 3, rocksdb: 5 },
  q7: { heap: 3, rocksdb: 5 },
  q8: { heap: 3, rocksdb: 5 },
};
const WORDCOUNT_OF_TWO: OfBackends = { heap: 2, rocksdb: 4 };

/** `access` with its group: `value get`. */
export function accessAim(
  access: string,
  of: {
    readonly keys: number;
    readonly distribution: Distribution;
    readonly backend: ComparedBackendName;
  },
): Aim | undefined {
  const aims =
    of.keys >= MANY
      ? of.distribution === 'zipf'
        ? MANY_ZIPF
        : MANY_UNIFORM
      : of.distribution === 'uniform'
        ? ACCESSES[access]
        : undefined;
  return aims === undefined ? undefined : { ratio: aims[of.backend] };
}

export function pipelineAim(
  work: PipelineWork,
  of: { readonly parallelism: number; readonly backend: ComparedBackendName },
): Aim {
  const isWordCount = work === 'wordcount' || work === 'wordcount-anew';
  const aims = isWordCount && of.parallelism === 2 ? WORDCOUNT_OF_TWO : PIPELINES[work];
  return { ratio: aims[of.backend] };
}
