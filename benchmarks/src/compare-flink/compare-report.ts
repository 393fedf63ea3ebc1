/** The figures of a comparison as lines for a person: Markdown tables. */
import type { AccessResult, GroupResult } from './measure-accesses.ts';
import type { Step } from './measure-checkpoints.ts';

export function accessLines(title: string, { results, states }: GroupResult): string[] {
  const names = results[0]?.figures.map(({ side }) => side) ?? [];
  const [baseline = '', ...others] = names;
  const lines = [
    '',
    `### ${title}`,
    '',
    row(['operations per ms', ...names, ...others.map((name) => `${name} : ${baseline}`)]),
    row(Array.from({ length: 1 + names.length + others.length }, () => '---')),
    ...results.map((result) => row([result.access, ...cellsOf(result)])),
    '',
  ];
  const stated = states.map(
    ({ side, what, setUpMs, peakMiB }) =>
      `- ${side}: ${what}; set-up ${(setUpMs / 1000).toFixed(1)} s, peak RSS ${peakMiB.toFixed(0)} MiB`,
  );
  return [...lines, ...stated];
}

export function stepLines(title: string, steps: readonly Step[]): string[] {
  const names = steps[0]?.figures.map(({ side }) => side) ?? [];
  return [
    '',
    `### ${title}`,
    '',
    row(['step', ...names]),
    row(['---', ...names.map(() => '---')]),
    ...steps.map((step) =>
      row([step.title, ...step.figures.map(({ reply }) => figuresText(reply))]),
    ),
  ];
}

function cellsOf({ figures }: AccessResult): string[] {
  const medians = figures.map(({ operationsPerMs }) => median(operationsPerMs));
  const cells = figures.map(({ operationsPerMs }, index) => {
    const [least, most] = [Math.min(...operationsPerMs), Math.max(...operationsPerMs)];
    return `${short(medians[index] ?? 0)} (${short(least)} - ${short(most)})`;
  });
  const [baseline = Number.NaN, ...others] = medians;
  return [...cells, ...others.map((other) => (other / baseline).toFixed(2))];
}

function figuresText(reply: Readonly<Record<string, number>>): string {
  return Object.entries(reply)
    .map(([name, value]) =>
      name.endsWith('Bytes')
        ? `${name.slice(0, -5)} ${(value / 1e6).toFixed(2)} MB`
        : `${name} ${short(value)}`,
    )
    .join(', ');
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

function short(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
