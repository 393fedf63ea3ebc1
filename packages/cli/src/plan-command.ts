/** The definition of `snapshot plan`. */
import type { Command } from 'commander';
import { SNAPSHOT_ARGUMENT, withExamples, withSnapshotOptions } from './command-options.ts';
import type { PlanOptions } from './plan/plan.ts';
import type { SetRun } from './program.ts';

export function addPlanCommand(snapshot: Command, setRun: SetRun): void {
  const command = snapshot
    .command('plan')
    .summary('what a program would take up of a snapshot')
    .description(
      'Rehearse an upgrade: restore a snapshot into a program, up to the first record and no ' +
        'further. Its operators are opened, so that all states are declared; nothing is read, ' +
        'written or committed. Functions run their open() and initializeState(). Of a program with ' +
        'several execute() calls the first is rehearsed.',
    )
    .argument('<program>', 'the file that calls env.execute(), .js or .ts')
    .argument('[args...]', 'for the program, after --')
    .requiredOption('--from <snapshot>', SNAPSHOT_ARGUMENT)
    .option('--allow-non-restored-state', 'operators of the snapshot may be missing in the program')
    .action((program: string, args: string[], options: PlanOptions) => {
      setRun(async (context) => {
        const { planUpgrade } = await import('./plan/plan.ts');
        return planUpgrade(program, args, options, context);
      });
    });
  withExamples(withSnapshotOptions(command), [
    {
      command: 'millrace snapshot plan job.ts --from /data/checkpoints',
      does: 'can the new version start?',
    },
    {
      command: 'millrace snapshot plan job.js --from savepoint-1 -- -D parallelism.default=8',
      does: 'with arguments for the program',
    },
    {
      command: 'millrace snapshot plan job.ts --from savepoint-1 --json | jq .obstacles',
      does: 'in CI: exit code 3 when it cannot',
    },
  ]);
}
