/** `completion`: prints a shell script that asks the program's hidden command `__complete` to complete a word. */
import { asList } from '../frame/bridge-client.js';
import { listOf, type Command, type Completion, type Option } from '../frame/command.js';
import { usageFailure } from '../frame/failure.js';
import { findBridge, findConfigFile } from '../frame/find-bridge.js';
import { PROGRAM, standardOptions } from '../frame/parse.js';

const SCRIPTS: { readonly [shell: string]: string } = {
  bash: `_beckn_ocpp_bridge() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "$(${PROGRAM} __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _beckn_ocpp_bridge ${PROGRAM}`,
  zsh: `#compdef ${PROGRAM}
_beckn_ocpp_bridge() {
  local -a found
  found=("\${(@f)$(${PROGRAM} __complete "\${(@)words[2,$CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${found[1]}" ]]; then compadd -a found; else _files; fi
}
compdef _beckn_ocpp_bridge ${PROGRAM}`,
  fish: `complete -c ${PROGRAM} -a '(${PROGRAM} __complete (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'`,
};
const SHELLS = Object.keys(SCRIPTS);

export const COMPLETION: Command = {
  name: 'completion',
  summary: 'Print the script that completes commands, options and ids in a shell',
  details: 'Ids of charge points and orders are completed if the bridge runs.',
  arguments: [{ name: 'shell', description: SHELLS.join(', '), completes: SHELLS }],
  examples: [
    { line: 'completion bash', meaning: 'Print it; add  source <(beckn-ocpp-bridge completion bash)  to ~/.bashrc.' },
    { line: 'completion zsh', meaning: 'Print it for zsh; save it as _beckn-ocpp-bridge in a folder of $fpath.' },
    { line: 'completion fish', meaning: 'Print it for fish; save it in ~/.config/fish/completions.' },
  ],
  run(context) {
    const shell = String(context.arguments['shell']);
    const script = SCRIPTS[shell];
    if (script === undefined)
      throw usageFailure(`There is no completion for ${shell}.`, `Shells: ${SHELLS.join(', ')}.`);
    return Promise.resolve({ json: { shell, script }, text: () => script });
  },
};

/**
 * Prints the candidates for the last word, one per line.
 * @param words The words after the program's name, ending with the unfinished one.
 */
export async function completeWords(words: readonly string[], commands: readonly Command[]): Promise<void> {
  const found = await candidates(words, commands);
  const current = words.at(-1) ?? '';
  const fitting = found.filter((word) => word.startsWith(current));
  if (fitting.length > 0) process.stdout.write(`${fitting.join('\n')}\n`);
}

async function candidates(words: readonly string[], commands: readonly Command[]): Promise<readonly string[]> {
  const current = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const command = commands.find(({ name }) => name === before.slice(0, name.split(' ').length).join(' '));
  if (!command) return nextNames(before, commands);
  const options = [...(command.options ?? []), ...standardOptions(command)];
  const previous = options.find(({ flags }) => takesValue(flags) && namesOf(flags).includes(before.at(-1) ?? ''));
  if (previous) return previous.choices ?? [];
  if (current.startsWith('-')) return ['--help', ...options.flatMap(({ flags }) => namesOf(flags))];
  const given = before.slice(command.name.split(' ').length).filter((word, at, all) => {
    const option = options.find(({ flags }) => namesOf(flags).includes(all[at - 1] ?? ''));
    return !word.startsWith('-') && !(option && takesValue(option.flags));
  });
  const positional = command.arguments ?? [];
  const wanted = positional[given.length] ?? positional.find(({ isList }) => isList);
  return wanted?.completes === undefined ? [] : complete(wanted.completes, before);
}

/** Returns the first words of the commands and `help`, or the second words after a group name such as `orders`. */
function nextNames(before: readonly string[], commands: readonly Command[]): readonly string[] {
  if (before.length > 1) return [];
  const names = commands.map(({ name }) => name.split(' '));
  const [subject] = before;
  if (subject === undefined) return [...new Set([...names.map(([first = '']) => first), 'help'])];
  return names.flatMap(([first, verb]) => (first === subject && verb !== undefined ? [verb] : []));
}

async function complete(what: Completion, before: readonly string[]): Promise<readonly string[]> {
  if (what === 'files') return [];
  if (typeof what !== 'string') return what;
  const valueOf = (flag: string): string | undefined =>
    before.includes(flag) ? before[before.indexOf(flag) + 1] : undefined;
  try {
    const configFile = findConfigFile(valueOf('--config'), process.env);
    const bridge = findBridge({ configFile, url: valueOf('--url'), token: valueOf('--token'), env: process.env });
    const [path, list] = what === 'orders' ? ['/api/orders', 'orders'] : ['/api/charge-points', 'chargePoints'];
    return asList((await bridge.get(path))[list]).map(({ id }) => String(id));
  } catch {
    // Without a bridge there are no ids; a message would end up among the candidates.
    return [];
  }
}

/** Splits flags into their names: `-y, --yes` into `-y` and `--yes`. */
function namesOf(flags: Option['flags']): readonly string[] {
  return listOf(flags.split(/,\s*/)).map((one) => one.split(' ')[0] ?? '');
}

function takesValue(flags: string): boolean {
  return flags.includes('<');
}
