/**
 * bashCompletion: a script that completes the command line in bash, from 3.2 on.
 *
 * All words are in it: that of yargs starts Node at every press of the key, and knows no values.
 */
import type { CommandDescription, FlagDescription } from '../describe/describe-command.ts'
import { commonFlags } from '../describe/describe-command.ts'
import { flagValues, positionalValues, type Values } from './flag-values.ts'

export function bashCompletion(commands: readonly CommandDescription[]): string {
  const cases = commands.flatMap(commandCases).filter(({ values }) => values.length > 0)
  return `# bash completion of userspace-proxy: source it, or put it into
# ~/.local/share/bash-completion/completions/userspace-proxy
_userspace_proxy() {
  local cur=\${COMP_WORDS[COMP_CWORD]} command= flag= behind=0 i word values=
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    # bash cuts words at these two.
    [[ $word == = || $word == : ]] && continue
    if [[ -z $command && $word != -* ]]; then command=$word
    elif [[ $word == -?* ]]; then flag=$word behind=0
    else ((behind++)); fi
  done
  [[ $cur == = ]] && cur=
  if [[ $cur == -* ]]; then
    case $command in
${commands.map(({ name, flags }) => `      ${name}) values='${flagWords(flags)}' ;;`).join('\n')}
      *) values='${flagWords([])}' ;;
    esac
  elif [[ -z $command ]]; then
    values='${commands.map(({ name }) => name).join(' ')}'
  else
    # How many words stand behind the last flag tells whether this one is its value.
    case "$command $flag $behind" in
${cases.map(({ pattern, values }) => `      ${pattern}) ${assign(values)} ;;`).join('\n')}
    esac
  fi
  local IFS=$'\\n'
  if [[ $values == @files ]]; then
    COMPREPLY=($(compgen -f -- "$cur"))
    # Not in bash 3.2: there a folder gets no slash.
    compopt -o filenames 2>/dev/null
  else
    COMPREPLY=($(IFS=' '; compgen -W "$values" -- "$cur"))
  fi
  return 0
}
complete -F _userspace_proxy userspace-proxy
`
}

interface Case {
  /** Of \`command flag behind\`. */
  readonly pattern: string
  readonly values: Values
}

function commandCases({ name, flags, positionals }: CommandDescription): Case[] {
  const ofFlags = flags
    .filter(({ kind }) => kind !== 'switch')
    .map((flag) => ({
      pattern: spellings(flag)
        .map((word) => `"${name} ${word} "${flag.kind === 'list' ? '*' : '0'}`)
        .join('|'),
      values: flagValues(name, flag.name),
    }))
  const [first] = positionals
  if (first === undefined) return ofFlags
  const values = positionalValues(name, first.name)
  // Only before any flag: whether a word behind one is its value would take more than a table.
  return [...ofFlags, { pattern: `"${name}  0"`, values }]
}

function assign(values: Values): string {
  return `values='${values === 'files' ? '@files' : values.join(' ')}'`
}

function flagWords(flags: readonly FlagDescription[]): string {
  return [...flags, ...commonFlags].flatMap(spellings).join(' ')
}

function spellings({ name, short }: FlagDescription): string[] {
  return short === undefined ? [`--${name}`] : [`--${name}`, `-${short}`]
}
