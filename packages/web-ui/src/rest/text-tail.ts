/** The end of a text of the server, so that a large log does not fill the memory. */
import { restClient } from './client.ts';

/**
 * The last `bytesMax` bytes.
 *
 * @throws RestError
 */
export async function getTextTail(
  path: string,
  bytesMax: number,
  signal?: AbortSignal,
): Promise<{ text: string; cut: boolean }> {
  const response = await restClient().open(`/${path}`, signal === undefined ? {} : { signal });
  const chunks: Uint8Array[] = [];
  let held = 0;
  let cut = false;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    held += chunk.length;
    while (chunks.length > 1 && held - chunks[0]!.length >= bytesMax) {
      held -= chunks.shift()!.length;
      cut = true;
    }
  }
  const text = await new Blob(chunks as BlobPart[]).text();
  // The first line of a tail is rarely whole.
  return { text: cut ? text.slice(text.indexOf('\n') + 1) : text, cut };
}
