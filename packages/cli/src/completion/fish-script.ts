/** Completion for fish, with what each word does. */
import type { CommandWords } from './command-words.ts';

export function fishScript(commands: readonly CommandWords[]): string {
  const lines = commands.flatMap((command) => linesOf(command));
  const paths = commands.filter(({ path }) => path !== '').map(({ path }) => quoted(path));
  return `# Completion of millrace for fish: put it into ~/.config/fish/completions/millrace.fish.
function __millrace_path
    set -l path
    for word in (commandline -opc)[2..-1]
        set -l longer (string join ' ' $path $word)
        if contains -- $longer ${paths.join(' ')}
            set path $longer
        end
    end
    echo "$path"
end

function __millrace_at
    test (__millrace_path) = "$argv[1]"
end

function __millrace_jobs
    set -l words (commandline -opc)
    set -l args
    for i in (seq (count $words))
        switch $words[$i]
            case -m --jobmanager --token
                set args $args $words[$i] $words[(math $i + 1)]
        end
    end
    $words[1] completion --jobs $args 2>/dev/null
end

${lines.join('\n')}
`;
}

function linesOf({ path, subcommands, options, takesJob, choices }: CommandWords): string[] {
  const at = `complete -c millrace -n ${quoted(`__millrace_at ${quoted(path)}`)}`;
  const words = subcommands.map(
    ({ name, description }) => `${at} -f -a ${quoted(name)} -d ${quoted(description)}`,
  );
  const flags = options.map(({ flags, description, takesValue, choices }) => {
    const names = flags.map((flag) =>
      flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`,
    );
    const value = takesValue ? ' -r' : '';
    const offered = choices.length === 0 ? '' : ` -f -a ${quoted(choices.join(' '))}`;
    return `${at} ${names.join(' ')}${value}${offered} -d ${quoted(description)}`;
  });
  return [
    ...words,
    ...(takesJob ? [`${at} -f -a '(__millrace_jobs)'`] : []),
    ...(choices.length > 0 ? [`${at} -f -a ${quoted(choices.join(' '))}`] : []),
    ...flags,
  ];
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
