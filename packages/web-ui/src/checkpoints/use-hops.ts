/** The hops of a checkpoint: at once from our server's diagnosis, else vertex by vertex as Flink tells them. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Diagnosis, VertexCheckpointDetails } from '../rest/checkpoints.ts';
import { getJson } from '../rest/client.ts';
import { type Hop, hopOfDiagnosis, hopOfSubtask } from './time-line.ts';

const AT_ONCE = 6; // A browser opens no more connections to one server.

export function useHops(
  base: string,
  vertexIds: readonly string[],
  status: string,
  diagnosis: Diagnosis | undefined,
  diagnosisFailed: boolean,
): readonly Hop[] {
  const fetched = useSignal<readonly Hop[]>([]);
  const wanted = diagnosisFailed && diagnosis === undefined ? vertexIds.join() : '';
  // A checkpoint that ends has more to tell.
  useEffect(() => {
    const abort = new AbortController();
    if (wanted !== '') {
      void fetchHops(base, wanted.split(','), abort.signal)
        .then((hops) => {
          fetched.value = hops;
        })
        .catch(() => {}); // Left behind, or the server is away, which the page tells.
    }
    return () => abort.abort();
  }, [base, wanted, status, fetched]);
  return diagnosis === undefined ? fetched.value : diagnosis.hops.map(hopOfDiagnosis);
}

async function fetchHops(
  base: string,
  vertexIds: readonly string[],
  signal: AbortSignal,
): Promise<Hop[]> {
  const waiting = [...vertexIds];
  const hops: Hop[] = [];
  const work = async (): Promise<void> => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      const vertexId = id;
      const path = `${base}/subtasks/${encodeURIComponent(vertexId)}`;
      const { subtasks } = await getJson<VertexCheckpointDetails>(path, signal);
      hops.push(...subtasks.flatMap((one) => hopOfSubtask(vertexId, one) ?? []));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return hops;
}
