/** The reference page of the `millrace` command, from the definitions of its commands. */
import { createProgram, EXIT_CODE_MEANINGS, examplesOf } from '@millrace/cli';

type Command = ReturnType<typeof createProgram>;

export function commandLinePage(): string {
  const program = createProgram(() => {});
  const leaves = leavesOf(program, program.name());
  const overview = leaves.map(
    ({ name, command }) => `| [\`${name}\`](#${anchorOf(name)}) | ${command.summary()} |`,
  );
  const exitCodes = EXIT_CODE_MEANINGS.map(([code, meaning]) => `| ${code} | ${meaning} |`);
  return `<!-- Generated from packages/cli/src by \`npm run docs\`. Do not edit. -->

# The \`millrace\` command

Results go to the standard output, all else to the standard error stream. On a terminal results are
tables in its width; elsewhere a result is lines of fields with tabs between, with titles first and
\`-\` for what is not there. \`NO_COLOR\` and \`FORCE_COLOR\` are obeyed.

| command | what it shows or does |
|---|---|
${overview.join('\n')}

| exit code | meaning |
|---|---|
${exitCodes.join('\n')}

${leaves.map(section).join('\n')}`;
}

interface Leaf {
  readonly name: string;
  readonly command: Command;
}

function leavesOf(command: Command, name: string): Leaf[] {
  return command.commands.length === 0
    ? [{ name, command }]
    : command.commands.flatMap((each) => leavesOf(each as Command, `${name} ${each.name()}`));
}

function anchorOf(name: string): string {
  return name.replaceAll(' ', '-');
}

function section({ name, command }: Leaf): string {
  const args = command.registeredArguments.map(
    (each) =>
      `| \`${each.required ? `<${each.name()}>` : `[${each.name()}]`}\` | ${each.description} |`,
  );
  const options = command.options
    .filter((option) => !option.hidden)
    .map((option) => `| \`${option.flags}\` | ${meaningOf(option)} |`);
  const examples = examplesOf(command).map((each) => `# ${each.does}\n${each.command}`);
  return `## ${name}

${command.description()}

    ${name} ${command.usage()}

| argument | meaning |
|---|---|
${args.join('\n')}

| option | meaning |
|---|---|
${options.join('\n')}

\`\`\`sh
${examples.join('\n\n')}
\`\`\`
`;
}

function meaningOf(option: Command['options'][number]): string {
  const { description, argChoices, defaultValue, mandatory } = option;
  const choices = argChoices === undefined ? '' : `: ${argChoices.join(', ')}`;
  const shownDefault = defaultValue === undefined ? '' : ` (${defaultValue} unless given)`;
  return `${description}${choices}${shownDefault}${mandatory ? ' (required)' : ''}`;
}
