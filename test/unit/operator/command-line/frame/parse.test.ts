import { Option } from 'commander';
import { describe, expect, it } from 'vitest';
import { allCommands, commandGroups } from '../../../../../src/operator/command-line/commands.js';
import type { Call, Command } from '../../../../../src/operator/command-line/frame/command.js';
import { buildParser, PROGRAM } from '../../../../../src/operator/command-line/frame/parse.js';

const NOTHING = { serve: () => Promise.resolve(), sandboxProgram: () => Promise.resolve() };
const COMMANDS = allCommands(NOTHING);

/** Parses a command line. Returns the command and its arguments, or the help text. */
async function parse(words: readonly string[], columns = 80): Promise<{ name?: string; call?: Call; help: string }> {
  let help = '';
  let found: { name: string; call: Call } | undefined;
  const stdout = { isTTY: true, columns, write: (text: string) => (help += text) } as unknown as NodeJS.WriteStream;
  const run = (command: Command, call: Call): Promise<void> => {
    found = { name: command.name, call };
    return Promise.resolve();
  };
  const parser = buildParser({ groups: commandGroups(NOTHING), version: '1', stdout, run });
  await parser.parseAsync([...words], { from: 'user' }).catch((error: unknown) => {
    if (!(error instanceof Error && 'exitCode' in error && error.exitCode === 0)) throw error;
  });
  return { ...found, help };
}

/** Splits a line as a shell does, to the extent that the examples need. */
function wordsOf(line: string): string[] {
  const beforeRedirection = line.split(' > ')[0] ?? '';
  return (beforeRedirection.match(/'[^']*'|"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll(/^['"]|['"]$/g, ''));
}

describe('the table of commands', () => {
  it('has each name once', () => {
    const names = COMMANDS.map(({ name }) => name);
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  });

  it.for(COMMANDS)('describes $name by a sentence that begins with a verb, and shows examples of it', (command) => {
    const { name, summary, examples } = command;
    expect(summary).toMatch(/^[A-Z][a-z]+ .*[^.]$/);
    expect(examples.length).toBeGreaterThan(0);
    for (const { line, meaning } of examples) {
      expect(line.startsWith(name)).toBe(true);
      expect(meaning).toMatch(/^[A-Z].*[.…]$/);
    }
  });

  it.for(COMMANDS)('parses the examples of $name as that command', async ({ name, examples }) => {
    for (const { line } of examples) expect((await parse(wordsOf(line))).name).toBe(name);
  });

  it('needs a warning before what cannot be taken back', () => {
    const warned = COMMANDS.filter(({ warning }) => warning).map(({ name }) => name);
    expect(warned).toEqual(['keys rotate', 'network undo', 'charge-points remove', 'orders close']);
  });
});

it('options exclude only options of the same command', () => {
  for (const { options = [] } of COMMANDS) {
    const names = options.map(({ flags }) => new Option(flags).attributeName());
    expect(names).toEqual(expect.arrayContaining(options.flatMap(({ excludes = [] }) => excludes)));
  }
});

describe('help', () => {
  it.for(['', ...COMMANDS.map(({ name }) => name)])('of "%s" fits a terminal of 80 columns', async (name) => {
    const { help } = await parse([...name.split(' ').filter((word) => word !== ''), '--help']);
    expect(help).toMatch(new RegExp(`^Usage: ${`${PROGRAM} ${name}`.trim()}`));
    // Example command lines are not wrapped, so that they can be copied.
    const tooWide = help.split('\n').filter((line) => line.length > 80 && !line.startsWith('  $ '));
    expect(tooWide).toEqual([]);
  });

  it('of the program lists every command and every exit code', async () => {
    const { help } = await parse(['--help'], 200);
    for (const { name } of COMMANDS) expect(help).toContain(`  ${name.split(' ')[0] ?? ''} `);
    expect(help).toMatch(/^ {4}0 .*\n {4}1 .*\n {4}2 .*\n {4}3 .*\n {4}4 .*\n {4}5 .*\n {4}6 .*\n {2}130 /m);
  });
});

describe('a wrong command line', () => {
  it.for([
    [['order', 'list'], /unknown command 'order'\n\(Did you mean orders\?\)/],
    [['orders', 'lst'], /unknown command 'lst'\n\(Did you mean list\?\)/],
    [['orders', 'list', '--sate', 'x'], /unknown option '--sate'\n\(Did you mean --state\?\)/],
    [['orders', 'list', '--state', 'gone'], /Allowed choices are draft/],
    [['orders', 'show'], /missing required argument 'order'/],
    [['version', 'now'], /too many arguments/],
    [['rejected-connections', 'approve', 'X', '--as', 'CP-01', '--profile', '1'], /'--as .*' cannot be used with/],
    [['rejected-connections', 'approve', 'X', '--profile', '1', '--as', 'CP-01'], /cannot be used with option '--/],
    [['charge-points', 'list', '--online', '--offline'], /cannot be used with/],
    [['sale', 'stop', '--everything', '--reason', 'x', '--for', '2h', '--until', '2036-01-01'], /cannot be used with/],
    [['sale', 'stop', '--everything', '--reason', 'x', '--from', '2036-01-01', '--for', '2h'], /cannot be used with/],
    [['import', '--template', 'wide', '--ocpi-url', 'https://x'], /cannot be used with/],
  ] as const)('%s is refused, with a suggestion where there is one', async ([words, message]) => {
    await expect(parse(words)).rejects.toThrow(message);
  });
});
