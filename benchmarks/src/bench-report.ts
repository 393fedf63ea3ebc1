/** The figures of a run as lines for a person. */
import type { ComparisonResult, FigureResult } from './harness.ts';

export function comparisonLines(result: ComparisonResult): string[] {
  const width = Math.max(...result.variants.map(({ name }) => name.length));
  const lines = result.variants.map((variant) =>
    [
      `  ${variant.name.padEnd(width)}`,
      duration(variant.medianNs).padStart(10),
      `${rate(variant.medianNs)}/s`.padStart(12),
      `${variant.ratio.toFixed(2)}x`.padStart(9),
      `p25-p75 ${duration(variant.p25Ns)}-${duration(variant.p75Ns)}`,
      `checksum ${variant.checksum}`,
    ].join('  '),
  );
  const head = `${result.title}: time per operation, ratio to ${result.baseline}`;
  return [head, ...lines];
}

export function figureLine(result: FigureResult): string {
  return `${result.title}: ${Number(result.value.toPrecision(6))} ${result.unit}`;
}

function duration(ns: number): string {
  const units = ['ns', 'µs', 'ms', 's'];
  let unit = 0;
  let value = ns;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value.toPrecision(3)} ${units[unit]}`;
}

function rate(ns: number): string {
  const perSecond = 1e9 / ns;
  if (perSecond >= 1e6) {
    return `${(perSecond / 1e6).toFixed(1)} M`;
  }
  return perSecond >= 1e3 ? `${(perSecond / 1e3).toFixed(1)} k` : perSecond.toFixed(1);
}
