/** Operators and the states of each; the chosen one is marked. */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import type { StateOperator } from '../rest/state.ts';
import { matches, SearchField } from '../widgets/search-field.tsx';

interface StateTreeProps {
  readonly operators: readonly StateOperator[];
  readonly chosen: { readonly operatorId: string; readonly state: string | undefined };
  readonly onChoose: (operatorId: string, state: string) => void;
}

export function StateTree({ operators, chosen, onChoose }: StateTreeProps): VNode {
  const wanted = useSignal('');
  const found = operators.filter(({ operatorId, uid, name, states }) =>
    matches(wanted.value, operatorId, uid ?? '', name ?? '', ...states.map((state) => state.name)),
  );
  return (
    <nav class="state-tree" aria-label="Operators and their states">
      <SearchField label="Find a state" value={wanted} />
      <ul onKeyDown={moveByKey}>
        {found.map((operator) => (
          <li key={operator.operatorId}>
            <h3 title={operator.operatorId}>{nameOf(operator)}</h3>
            <ul>
              {operator.states.map(({ name, kind }) => (
                <li key={name}>
                  <button
                    type="button"
                    aria-current={
                      operator.operatorId === chosen.operatorId && name === chosen.state
                        ? 'true'
                        : undefined
                    }
                    onClick={() => onChoose(operator.operatorId, name)}
                  >
                    <span>{name}</span>
                    <small>{kind}</small>
                  </button>
                </li>
              ))}
            </ul>
            {operator.states.length === 0 && <p class="quiet">no state</p>}
          </li>
        ))}
      </ul>
      {found.length === 0 && <p class="empty">No state has this in its name.</p>}
    </nav>
  );
}

export function nameOf({ operatorId, uid, name }: StateOperator): string {
  return name ?? uid ?? operatorId;
}

function moveByKey(event: KeyboardEvent): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const list = event.currentTarget as HTMLElement;
  const buttons = [...list.querySelectorAll('button')];
  const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
  if (step !== undefined && at >= 0) {
    event.preventDefault();
    buttons[at + step]?.focus();
  }
}
