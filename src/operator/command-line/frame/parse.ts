/** Builds the parser from the table of commands. */
import { Argument as Positional, Command as Parser, Option as Flag } from 'commander';
import { type Command, type Example, type Option, listOf, textOf, type Call } from './command.js';
import { EXIT_CODES } from './exit-codes.js';
import { wrap } from './style.js';

export const PROGRAM = 'beckn-ocpp-bridge';
const MAX_HELP_WIDTH = 100;
const CODE_INDENT = ' '.repeat(7);

export interface CommandGroup {
  /** The heading in the program's help. */
  readonly title: string;
  readonly commands: readonly Command[];
}

export interface ParserDeps {
  readonly groups: readonly CommandGroup[];
  readonly version: string;
  readonly stdout: NodeJS.WriteStream;
  run(command: Command, call: Call): Promise<void>;
}

/** The summaries of command groups, such as `orders`. */
const SUBJECTS: { readonly [name: string]: string } = {
  network: 'See the versions of what is sold, compare them and go back',
  'charge-points': 'List, add, move, withdraw and command charge points',
  'rejected-connections': 'See which chargers were turned away and let them in',
  spellings: 'List and take back the other spellings of charge points',
  orders: 'List, show and close orders',
  sale: 'Take places out of sale, list them and put them back',
  keys: 'Generate, show and rotate the keys that sign',
};

/** @returns A parser that throws instead of exiting, writes help to stdout and writes nothing to stderr. */
export function buildParser({ groups, version, stdout, run }: ParserDeps): Parser {
  const width = stdout.isTTY ? Math.min(MAX_HELP_WIDTH, stdout.columns || 80) : 80;
  const settle = (parser: Parser): Parser =>
    parser
      .exitOverride()
      .configureHelp({ helpWidth: width, subcommandTerm: (command) => command.name() })
      .configureOutput({ writeOut: (text) => void stdout.write(text), writeErr: () => undefined });
  const program = settle(new Parser(PROGRAM))
    .description('A Beckn provider platform for EV charging that holds the OCPP sockets of its chargers.')
    .version(version, '--version', 'show the version')
    .addHelpText('after', () => programHelp(width));
  const subjects = new Map<string, Parser>();
  for (const { title, commands } of groups) {
    for (const command of commands) {
      const [subject = '', verb] = command.name.split(' ');
      if (verb === undefined) {
        program.addCommand(settle(leaf(command, width, run)).helpGroup(`${title}:`));
        continue;
      }
      let parent = subjects.get(subject);
      if (!parent) {
        parent = settle(new Parser(subject))
          .summary(SUBJECTS[subject] ?? subject)
          .helpGroup(`${title}:`);
        parent.description(`${SUBJECTS[subject] ?? subject}.`).helpCommand(false);
        subjects.set(subject, parent);
        program.addCommand(parent);
      }
      parent.addCommand(settle(leaf(command, width, run)));
    }
  }
  const help = new Parser('help').argument('[command]').summary('Show the help of a command');
  return program.addHelpCommand(help.helpGroup(`${groups.at(-1)?.title ?? ''}:`));
}

/** Returns the standard options that a command has in addition to its own. */
export function standardOptions(command: Pick<Command, 'needsBridge' | 'warning'>): readonly Option[] {
  return [
    { flags: '--config <file>', description: 'the settings file; default: BRIDGE_CONFIG, or bridge.json here' },
    ...(command.needsBridge
      ? [
          { flags: '--url <url>', description: "the operator's address of a bridge; default: the one that runs" },
          { flags: '--token <token>', description: 'its operator token; BRIDGE_TOKEN keeps it out of the history' },
        ]
      : []),
    ...(command.warning ? [{ flags: '-y, --yes', description: 'do not ask' }] : []),
    { flags: '--json', description: 'print one JSON document on stdout, errors too' },
    { flags: '--debug', description: 'show where an unexpected error came from' },
  ];
}

function leaf(command: Command, width: number, run: ParserDeps['run']): Parser {
  const verb = command.name.split(' ').at(-1) ?? '';
  const details = command.details === undefined ? '' : `\n\n${command.details}`;
  const parser = new Parser(verb).summary(command.summary).description(`${command.summary}.${details}`);
  for (const { name, description, isOptional, isList } of command.arguments ?? []) {
    const word = isList ? `${name}...` : name;
    parser.addArgument(new Positional(isOptional ? `[${word}]` : `<${word}>`, description));
  }
  for (const option of [...(command.options ?? []), ...standardOptions(command)]) parser.addOption(toFlag(option));
  parser.addHelpText('after', () => `\n${exampleHelp(command.examples, width)}`);
  parser.action(async (...words: unknown[]) => {
    const given = command.arguments ?? [];
    const options = parser.opts<Call['options']>();
    const positional = Object.fromEntries(given.map(({ name }, at) => [name, words[at] as string | undefined]));
    await run(command, { arguments: positional, options });
  });
  return parser;
}

function toFlag(option: Option): Flag {
  const { flags, description, choices, isRequired, isRepeatable, excludes, default: fallback } = option;
  const flag = new Flag(flags, description);
  if (excludes) flag.conflicts([...excludes]);
  if (choices) flag.choices([...choices]);
  if (isRequired) flag.makeOptionMandatory();
  if (fallback !== undefined) flag.default(fallback);
  if (isRepeatable) flag.argParser((value: string, before: unknown) => [...listOf(before as string[]), value]);
  return flag;
}

/** Formats examples, each as a command line with its meaning below it. */
function exampleHelp(examples: readonly Example[], width: number): string {
  const lines = examples.flatMap(({ line, meaning }) => [
    `  $ ${PROGRAM} ${line}`,
    `    ${wrap(meaning, width - 4, '    ')}`,
  ]);
  return [examples.length === 1 ? 'Example:' : 'Examples:', ...lines].join('\n');
}

function programHelp(width: number): string {
  const codes = Object.values(EXIT_CODES).map(
    ({ code, meaning }) =>
      `${String(code).padStart(5)}  ${wrap(meaning.replaceAll('`', ''), width - CODE_INDENT.length, CODE_INDENT)}`,
  );
  return [
    '',
    'With options alone, such as --config FILE, it does what serve does.',
    `${PROGRAM} COMMAND --help shows the options of a command, with examples.`,
    '',
    'Exit codes:',
    ...codes,
  ].join('\n');
}

/** Whether `--json` is given, even on a command line that cannot be parsed. */
export function wantsJson(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return args.slice(0, end < 0 ? args.length : end).includes('--json');
}

/** Returns the values of `--config`, `--url` and `--token`: the settings file, and the URL and token of the bridge. */
export function standardCall({ options }: Call): {
  readonly config: string | undefined;
  readonly url: string | undefined;
  readonly token: string | undefined;
} {
  return { config: textOf(options['config']), url: textOf(options['url']), token: textOf(options['token']) };
}
