/** Runs one command of the program: parses it, carries it out, prints its result and sets the exit code. */
import { CommanderError } from 'commander';
import { programVersion } from '../../config/program-version.js';
import type { Clock, Random } from '../../ports/runtime.js';
import { allCommands, commandGroups } from './commands.js';
import { completeWords } from './process/completion.js';
import type { ForegroundPrograms } from './process/foreground.js';
import type { Call, Command, Context, Result } from './frame/command.js';
import { EXIT_CODES, type Exit } from './frame/exit-codes.js';
import { CommandFailure, usageFailure, type FailureReport } from './frame/failure.js';
import { faultLines, unlistedFaults } from './frame/faults.js';
import { findBridge, findConfigFile } from './frame/find-bridge.js';
import { buildParser, PROGRAM, standardCall, wantsJson } from './frame/parse.js';
import { Progress } from './frame/progress.js';
import { Questions } from './frame/questions.js';
import { printable, styleFor, wrapLines } from './frame/style.js';

export interface CommandLineDeps {
  readonly clock: Clock;
  readonly random: Random;
  /** The programs that the foreground commands start. */
  readonly foreground: ForegroundPrograms;
}

/** @param args The arguments after the paths of node and of the program. */
export async function runCommandLine(args: readonly string[], deps: CommandLineDeps): Promise<void> {
  // Once a pipe is closed, as by `| head`, every later write fails too: there is nobody left to print for.
  process.stdout.on('error', quit);
  process.stderr.on('error', () => undefined);
  if (args[0] === '__complete') return completeWords(args.slice(1), allCommands(deps.foreground));
  await new CommandRun(args, deps).start();
}

function quit(): void {
  process.exit(process.exitCode ?? 0);
}

class CommandRun {
  readonly #args: readonly string[];
  readonly #deps: CommandLineDeps;
  readonly #isJson: boolean;
  readonly #questions = new Questions();
  /** Set once the command handles the first Ctrl-C itself. */
  #interruption: AbortController | undefined;
  #progress: Progress | undefined;
  /** Set once the result is printed. From then on, a signal no longer changes the exit code. */
  #isDone = false;

  constructor(args: readonly string[], deps: CommandLineDeps) {
    this.#args = args;
    this.#deps = deps;
    this.#isJson = wantsJson(args);
  }

  async start(): Promise<void> {
    const parser = buildParser({
      groups: commandGroups(this.#deps.foreground),
      version: programVersion(),
      stdout: process.stdout,
      run: (command, call) => this.#carryOut(command, call),
    });
    try {
      await parser.parseAsync([...this.#args], { from: 'user' });
    } catch (error) {
      this.#progress?.end();
      this.#fail(error);
    } finally {
      this.#questions.close();
    }
  }

  async #carryOut(command: Command, call: Call): Promise<void> {
    if (command.isForeground) {
      // If the pipe closes, a foreground command first closes what it opened.
      process.stdout.off('error', quit);
      return void (await command.run(this.#context(call)));
    }
    process.on('SIGINT', () => this.#interrupt(command));
    process.on('SIGTERM', () => this.#interrupt(command));
    const context = this.#context(call);
    await this.#confirm(command, context);
    this.#progress = new Progress(this.#deps.clock, process.stderr, `${PROGRAM} ${command.name}`);
    const result = await command.run(context);
    this.#progress.end();
    this.#print(result);
  }

  #interrupt({ name, needsBridge }: Command): void {
    if (this.#isDone) return;
    if (this.#interruption && !this.#interruption.signal.aborted) {
      process.stderr.write('\nstopping; Ctrl-C again ends it at once\n');
      return this.#interruption.abort();
    }
    this.#progress?.end();
    // On a terminal, the cursor stands after the echoed ^C.
    if (process.stderr.isTTY) process.stderr.write('\n');
    const message = `${PROGRAM} ${name} was interrupted.`;
    const hint = 'What the bridge was asked for may have been done.';
    this.#fail(new CommandFailure('interrupted', { error: 'interrupted', message, ...(needsBridge && { hint }) }));
    process.exit();
  }

  #context(call: Call): Context {
    const { config, url, token } = standardCall(call);
    const { env } = process;
    const configFile = findConfigFile(config, env);
    const isTerminal = process.stdin.isTTY && process.stderr.isTTY;
    return {
      ...call,
      configFile,
      env,
      clock: this.#deps.clock,
      random: this.#deps.random,
      bridge: () => findBridge({ configFile, url, token, env }),
      progress: (what) => this.#progress?.set(what),
      endInOrder: () => (this.#interruption ??= new AbortController()).signal,
      ...(isTerminal && {
        ask: (question: string, fallback: string) => this.#ask(question, fallback),
      }),
    };
  }

  #ask(question: string, fallback: string): Promise<string> {
    const answer = (): Promise<string> => this.#questions.ask(question, fallback);
    return this.#progress ? this.#progress.pauseDuring(answer) : answer();
  }

  /** @errors CommandFailure if the person says no, or if nobody can be asked. */
  async #confirm({ name, warning }: Command, context: Context): Promise<void> {
    if (!warning || context.options['yes'] === true) return;
    const text = warning(context);
    if (!context.ask)
      throw usageFailure(`${text} This needs a yes.`, `Nobody can be asked here: repeat it as ${name} --yes.`);
    const answer = await context.ask(`${text} Go on? (yes/no)`, 'no');
    if (!/^y(es)?$/i.test(answer))
      throw new CommandFailure('found', { error: 'declined', message: 'Nothing was changed.' });
  }

  #print(result: Result): void {
    const text = this.#isJson
      ? JSON.stringify(result.json, undefined, 2)
      : result.text(styleFor(process.stdout, process.env));
    process.exitCode = EXIT_CODES[result.exit ?? 'done'].code;
    this.#isDone = true;
    for (const remark of result.remarks ?? []) process.stderr.write(`${printable(remark)}\n`);
    // A pipe gets what was asked for, byte for byte.
    const shown = process.stdout.isTTY ? printable(text) : text;
    if (text !== '') process.stdout.write(`${shown.replace(/\n+$/, '')}\n`);
  }

  #fail(error: unknown): void {
    if (error instanceof CommanderError && error.exitCode === 0) return;
    if (error instanceof CommanderError && error.code === 'commander.help') return this.#printSubjectHelp();
    const { exit, report } = this.#failureOf(error);
    process.exitCode = EXIT_CODES[exit].code;
    if (this.#isJson) {
      // `code` is the API's name for `error`.
      process.stdout.write(`${JSON.stringify({ code: report.error, ...report }, undefined, 2)}\n`);
      return;
    }
    const style = styleFor(process.stderr, process.env);
    const lines = [
      wrapLines(`error: ${report.message}`, style.width).replace('error:', style.colour('red', 'error:')),
      ...(report.problems ?? []),
      ...faultLines(report.faults ?? []),
      ...unlistedFaults(report.faults ?? [], report.faultCount),
      ...(report.hint === undefined ? [] : [wrapLines(report.hint, style.width)]),
    ];
    process.stderr.write(`${printable(lines.join('\n'))}\n`);
    if (this.#args.includes('--debug') && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
  }

  /** Reports that a group of commands, such as `orders`, was given without one of its commands. */
  #printSubjectHelp(): void {
    const subject = this.#args.find((word) => !word.startsWith('-')) ?? '';
    this.#fail(usageFailure(`Which command of ${subject}?`, `List them with: ${PROGRAM} ${subject} --help`));
  }

  #failureOf(error: unknown): { readonly exit: Exit; readonly report: FailureReport } {
    if (error instanceof CommandFailure) return error;
    if (error instanceof CommanderError) {
      const names = allCommands(this.#deps.foreground).map(({ name }) => name);
      return { exit: 'usage', report: usageReport(error, commandNamed(this.#args, names)) };
    }
    const message = error instanceof Error ? error.message : String(error);
    return { exit: 'found', report: { error: 'failed', message, hint: '--debug shows where it came from.' } };
  }
}

/** Returns the words of a command line that name a command, or a group such as `orders`. */
function commandNamed(args: readonly string[], names: readonly string[]): readonly string[] {
  const words = args.filter((word) => !word.startsWith('-')).slice(0, 2);
  if (names.includes(words.join(' '))) return words;
  return words.slice(0, 1).filter((word) => names.some((name) => name.split(' ')[0] === word));
}

/**
 * Turns an error of commander, such as `error: unknown option '--jsn'` with `(Did you mean --json?)` on the next line,
 * into a sentence and a hint.
 */
function usageReport({ message, code }: CommanderError, command: readonly string[]): FailureReport {
  const [first = '', suggestion] = message.replace(/^error: /, '').split('\n');
  const help = [PROGRAM, ...(code === 'commander.unknownCommand' ? [] : command), '--help'].join(' ');
  return {
    error: 'wrong-usage',
    message: `${first.charAt(0).toUpperCase()}${first.slice(1).replace(/\.$/, '')}.`,
    hint: suggestion === undefined ? `See: ${help}` : suggestion.replace(/^\(|\)$/g, ''),
  };
}
