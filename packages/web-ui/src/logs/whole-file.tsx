/** A whole file of the server, saved by the browser. A plain link could not carry the token. */
import { RestError } from '@millrace/rest-client';
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { getTextTail } from '../rest/text-tail.ts';

interface WholeFileProps {
  readonly path: string;
  readonly name: string;
}

export function WholeFile({ path, name }: WholeFileProps): VNode {
  const state = useSignal<string>('');
  const save = async (): Promise<void> => {
    state.value = 'on its way…';
    try {
      const { text } = await getTextTail(path, Number.MAX_SAFE_INTEGER);
      const address = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
      const link = document.createElement('a');
      link.href = address;
      link.download = name;
      link.click();
      URL.revokeObjectURL(address);
      state.value = '';
    } catch (error) {
      state.value = error instanceof RestError ? error.message : String(error);
    }
  };
  return (
    <span>
      <button type="button" class="link" onClick={() => void save()}>
        Whole file
      </button>{' '}
      <span class="quiet" role="status">
        {state.value}
      </span>
    </span>
  );
}
