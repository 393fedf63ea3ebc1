/** What is told of a seed that failed: what differs, how it came, and how to see it again. */
import type { SimulationResult } from './simulation.ts';

const DIFFERENCES_SHOWN = 20;
const TRACE_LINES_SHOWN = 40;

export function reportOf(result: SimulationResult): string {
  const { seed, plan, differences, trace } = result;
  const hidden = differences.length - DIFFERENCES_SHOWN;
  return [
    `seed ${seed} fails`,
    `  plan: ${JSON.stringify(plan)}`,
    ...differences.slice(0, DIFFERENCES_SHOWN).map((difference) => `  ${difference}`),
    ...(hidden > 0 ? [`  and ${hidden} more`] : []),
    `  last ${TRACE_LINES_SHOWN} of ${trace.lines.length} steps:`,
    ...trace.lines.slice(-TRACE_LINES_SHOWN).map((line) => `    ${line}`),
    `  again: npm run test:simulation -- --seed ${seed} --runs 1 --backend ${plan.backend} --slots ${plan.slots?.count ?? 1}${plan.adaptive === undefined ? '' : ' --adaptive'}`,
  ].join('\n');
}
