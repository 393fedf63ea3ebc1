/** Completion for zsh, with what each word does. */
import type { CommandWords, OptionWords } from './command-words.ts';

export function zshScript(commands: readonly CommandWords[]): string {
  const paths = commands.filter(({ path }) => path !== '').map(({ path }) => quoted(path));
  const values = commands.flatMap(({ path, options }) =>
    options
      .filter(({ takesValue }) => takesValue)
      .map(
        ({ flags, choices }) =>
          `    ${flags.map((flag) => quoted(`${path}:${flag}`)).join('|')}) ${
            choices.length === 0 ? '_files' : `compadd -- ${choices.map(quoted).join(' ')}`
          }; return ;;`,
      ),
  );
  const options = commands.map(
    ({ path, options }) =>
      `      ${quoted(path)}) described=(${options.flatMap(described).join(' ')}) ;;`,
  );
  const words = commands
    .filter(
      ({ subcommands, takesJob, choices }) => takesJob || subcommands.length + choices.length > 0,
    )
    .map(({ path, subcommands, takesJob, choices }) => {
      const own = subcommands.map(({ name, description }) => pair(name, description));
      const answer = takesJob
        ? '_millrace_jobs'
        : `described=(${[...own, ...choices.map(quoted)].join(' ')}); _describe command described`;
      return `    ${quoted(path)}) ${answer} ;;`;
    });
  return `#compdef millrace
# Completion of millrace for zsh: put it as _millrace into a folder of $fpath, or source it after compinit.
_millrace_jobs() {
  local -a jobs args
  local i
  for ((i = 2; i < CURRENT; i++)); do
    case $words[i] in
      -m|--jobmanager|--token) args+=("$words[i]" "$words[i+1]") ;;
    esac
  done
  jobs=("\${(@f)$("$words[1]" completion --jobs $args 2>/dev/null | tr '\\t' ':')}")
  if [[ -n $jobs[1] ]]; then _describe job jobs; fi
}

_millrace() {
  local path_ longer i
  local -a described
  for ((i = 2; i < CURRENT; i++)); do
    longer="\${path_:+$path_ }$words[i]"
    case $longer in
      ${paths.join('|')}) path_=$longer ;;
    esac
  done
  case "$path_:$words[CURRENT-1]" in
${values.join('\n')}
  esac
  if [[ $words[CURRENT] == -* ]]; then
    case $path_ in
${options.join('\n')}
    esac
    _describe option described
    return
  fi
  case $path_ in
${words.join('\n')}
    *) _files ;;
  esac
}
(( $+functions[compdef] )) && compdef _millrace millrace
[[ $funcstack[1] == _millrace ]] && _millrace "$@"
`;
}

function described({ flags, description }: OptionWords): string[] {
  return flags.map((flag) => pair(flag, description));
}

function pair(word: string, description: string): string {
  return quoted(`${word}:${description.replaceAll(':', '\\:')}`);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
