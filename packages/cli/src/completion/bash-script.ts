/** Completion for bash, of any version since 3.2. */
import type { CommandWords } from './command-words.ts';

export function bashScript(commands: readonly CommandWords[]): string {
  const paths = commands.filter(({ path }) => path !== '').map(({ path }) => quoted(path));
  const values = commands.flatMap(({ path, options }) =>
    options
      .filter(({ takesValue }) => takesValue)
      .flatMap(({ flags, choices }) =>
        flags.map((flag) => `    ${quoted(`${path}:${flag}`)}) ${reply(choices)} ;;`),
      ),
  );
  const options = commands.map(
    ({ path, options }) =>
      `      ${quoted(path)}) ${reply(options.flatMap(({ flags }) => flags))} ;;`,
  );
  const words = commands
    .filter(
      ({ subcommands, takesJob, choices }) => takesJob || subcommands.length + choices.length > 0,
    )
    .map(({ path, subcommands, takesJob, choices }) => {
      const answer = takesJob
        ? '_millrace_jobs'
        : reply([...subcommands.map(({ name }) => name), ...choices]);
      return `    ${quoted(path)}) ${answer} ;;`;
    });
  return `# Completion of millrace for bash: source it, or put it into the folder of bash-completion.
_millrace_jobs() {
  local i args=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
      -m | --jobmanager | --token) args+=("\${COMP_WORDS[i]}" "\${COMP_WORDS[i + 1]}") ;;
    esac
  done
  COMPREPLY=($(compgen -W "$("\${COMP_WORDS[0]}" completion --jobs "\${args[@]}" 2>/dev/null | cut -f1)" -- "$cur"))
}

_millrace_reply() { COMPREPLY=($(compgen -W "$1" -- "$cur")); }

_millrace() {
  local cur=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} path= longer i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    longer="\${path:+$path }\${COMP_WORDS[i]}"
    case $longer in
      ${paths.join(' | ')}) path=$longer ;;
    esac
  done
  case "$path:$previous" in
${values.join('\n')}
  esac
  case "$path:$previous" in
    ${valuePatterns(commands)}) return ;;
  esac
  if [[ $cur == -* ]]; then
    case $path in
${options.join('\n')}
    esac
    return
  fi
  case $path in
${words.join('\n')}
  esac
}
complete -o default -o bashdefault -F _millrace millrace
`;
}

function valuePatterns(commands: readonly CommandWords[]): string {
  return commands
    .flatMap(({ path, options }) =>
      options
        .filter(({ takesValue }) => takesValue)
        .flatMap(({ flags }) => flags.map((flag) => quoted(`${path}:${flag}`))),
    )
    .join(' | ');
}

/** Nothing to offer leaves it to bash, which offers files. */
function reply(words: readonly string[]): string {
  return words.length === 0 ? ':' : `_millrace_reply ${quoted(words.join(' '))}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
