/**
 * A whole file of the server, saved by the browser, byte by byte as the server has it.
 *
 * A plain link where that will do: the browser streams it to the disk. Where the server wants a token,
 * which a link cannot carry, the page fetches it and holds it once, for as long as that takes.
 */
import { RestError } from '@millrace/rest-client';
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { later } from '../live/browser-clock.ts';
import { addressOf, isTokenGiven, restClient } from '../rest/client.ts';

const HANDED_OVER_MS = 60_000; // A browser may begin to save some time after the click.

interface WholeFileProps {
  readonly path: string;
  readonly name: string;
}

export function WholeFile(props: WholeFileProps): VNode {
  return isTokenGiven() ? (
    <FetchedFile {...props} />
  ) : (
    <a href={addressOf(props.path)} download={props.name}>
      Whole file
    </a>
  );
}

function FetchedFile({ path, name }: WholeFileProps): VNode {
  const state = useSignal<string>('');
  const isUnderWay = useSignal(false);
  const save = async (): Promise<void> => {
    if (isUnderWay.peek()) {
      return;
    }
    isUnderWay.value = true;
    state.value = 'on its way…';
    try {
      const response = await restClient().open(`/${path}`, { timeoutMs: Number.POSITIVE_INFINITY });
      saveAs(name, await response.blob());
      state.value = '';
    } catch (error) {
      state.value = error instanceof RestError ? error.message : `it broke off: ${error}`;
    }
    isUnderWay.value = false;
  };
  return (
    <span>
      <button
        type="button"
        class="link"
        aria-disabled={isUnderWay.value}
        onClick={() => void save()}
      >
        Whole file
      </button>{' '}
      <span class="quiet" role="status">
        {state.value}
      </span>
    </span>
  );
}

function saveAs(name: string, bytes: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(bytes);
  link.download = name;
  link.click();
  later(HANDED_OVER_MS, () => URL.revokeObjectURL(link.href));
}
