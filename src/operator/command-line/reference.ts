/** Makes the tables of `docs/command-line.md` from the commands and the exit codes. */
import { commandGroups } from './commands.js';
import { standardOptions } from './frame/parse.js';
import type { Command, Option } from './frame/command.js';
import { EXIT_CODES } from './frame/exit-codes.js';

const NOTHING = (): Promise<void> => Promise.resolve();

/** Returns Markdown with a heading for each group of commands. */
export function commandReference(): string {
  const groups = commandGroups({ serve: NOTHING, sandboxProgram: NOTHING });
  return groups.map(({ title, commands }) => `### ${title}\n\n${commands.map(commandText).join('\n\n')}`).join('\n\n');
}

/** Returns the exit codes as a Markdown table. */
export function exitCodeTable(): string {
  const rows = Object.values(EXIT_CODES).map(({ code, meaning }) => `| ${code} | ${meaning} |`);
  return ['| Code | Meaning |', '| --- | --- |', ...rows].join('\n');
}

function commandText(command: Command): string {
  const { name, summary, details, options = [], examples } = command;
  const words = (command.arguments ?? []).map(({ name: word, isOptional, isList }) => {
    const shown = isList ? `${word}...` : word;
    return isOptional ? `[${shown}]` : `<${shown}>`;
  });
  const rows = [
    ...(command.arguments ?? []).map((argument) => `| \`${argument.name}\` | ${cell(argument.description)} |`),
    ...options.map((option) => `| ${flagText(option)} | ${cell(optionText(option))} |`),
  ];
  return [
    `#### \`${[name, ...words].join(' ')}\``,
    `${summary}.${details === undefined ? '' : ` ${details}`}${contact(command)}`,
    ...(rows.length > 0 ? [['| Argument or option | Meaning |', '| --- | --- |', ...rows].join('\n')] : []),
    ['```bash', ...examples.map(({ line }) => `beckn-ocpp-bridge ${line}`), '```'].join('\n'),
  ].join('\n\n');
}

function contact({ needsBridge, warning }: Command): string {
  return `${needsBridge ? ' Asks a running bridge.' : ''}${warning ? ' Asks for a yes, or takes `--yes`.' : ''}`;
}

function flagText({ flags }: Option): string {
  return `\`${flags.replaceAll('|', '\\|')}\``;
}

function optionText({ description, choices, isRequired, isRepeatable, default: fallback }: Option): string {
  return [
    description,
    ...(choices ? [`one of ${choices.map((choice) => `\`${choice}\``).join(', ')}`] : []),
    ...(fallback === undefined ? [] : [`default: \`${fallback}\``]),
    ...(isRequired ? ['required'] : []),
    ...(isRepeatable ? ['may be repeated'] : []),
  ].join('; ');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/<([a-z-]+)>/gi, '`<$1>`');
}

/** Returns the options that commands share, as a Markdown table. */
export function standardOptionTable(): string {
  const asking: Pick<Command, 'needsBridge' | 'warning'> = { needsBridge: true, warning: () => '' };
  const rows = standardOptions(asking).map((option) => `| ${flagText(option)} | ${cell(option.description)} |`);
  return ['| Option | Meaning |', '| --- | --- |', ...rows].join('\n');
}
