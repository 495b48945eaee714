/** Defines a command as data, from which the help, the completion, the documentation and the parser are made. */
import type { Clock, Random } from '../../../ports/runtime.js';
import type { BridgeClient } from './bridge-client.js';
import type { Exit } from './exit-codes.js';
import type { Style } from './style.js';

export interface Command {
  /** The full name with its group, such as `orders list`. */
  readonly name: string;
  /** One sentence that begins with a verb and has no full stop. */
  readonly summary: string;
  /** Further text for the command's own help. */
  readonly details?: string;
  readonly arguments?: readonly Argument[];
  readonly options?: readonly Option[];
  /** Command lines without the name of the program. A test runs each of them. */
  readonly examples: readonly Example[];
  /** Whether the command talks to a running bridge. If so, it takes `--url` and `--token`. */
  readonly needsBridge?: boolean;
  /** Describes what is about to be destroyed or spent. The command asks first, unless `--yes` is given. */
  readonly warning?: (call: Call) => string;
  /** Whether the command runs until it is stopped, and handles its own output and exit code. */
  readonly isForeground?: boolean;
  run(context: Context): Promise<Result>;
}

interface Argument {
  readonly name: string;
  readonly description: string;
  readonly isOptional?: boolean;
  readonly isList?: boolean;
  /** What shell completion offers: words, files, or ids that a running bridge lists. */
  readonly completes?: Completion;
}

export interface Option {
  /** The flags in commander's syntax, such as `--state <state>`. */
  readonly flags: string;
  readonly description: string;
  readonly choices?: readonly string[];
  readonly isRequired?: boolean;
  readonly isRepeatable?: boolean;
  /** The options that contradict it, in camelCase; together they are refused, so that neither is ignored. */
  readonly excludes?: readonly string[];
  readonly default?: string;
}

export type Completion = 'charge-points' | 'orders' | 'files' | readonly string[];

export interface Example {
  readonly line: string;
  readonly meaning: string;
}

/** The parsed arguments and options of a command line. */
export interface Call {
  readonly arguments: { readonly [name: string]: string | readonly string[] | undefined };
  readonly options: { readonly [name: string]: string | boolean | readonly string[] | undefined };
}

export interface Context extends Call {
  /** Finds the running bridge. @errors CommandFailure if none is known, or if its URL or the settings are unusable. */
  bridge(): BridgeClient;
  /** The settings file: `--config`, the variable BRIDGE_CONFIG, or `bridge.json` in the working directory. */
  readonly configFile: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  readonly random: Random;
  /** Names what the command waits for. The name is shown on stderr once the command takes longer than a second. */
  progress(what: string): void;
  /** After this call, the first Ctrl-C only aborts the signal, and the command ends by itself. */
  endInOrder(): AbortSignal;
  /** Asks a question on the terminal. Absent unless both stdin and stderr are terminals. */
  ask?(question: string, fallback: string): Promise<string>;
}

export interface Result {
  /** What `--json` prints. */
  readonly json: unknown;
  /** The output for people. A final line feed is added. */
  text(style: Style): string;
  /** Lines for stderr, such as what remains to be done. */
  readonly remarks?: readonly string[];
  readonly exit?: Exit;
}

/** Returns the value of an argument or option that is a single string. */
export function textOf(value: Call['options'][string]): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** Returns the values of a repeatable option or a list of arguments. */
export function listOf(value: Call['options'][string]): readonly string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? (value as readonly string[]) : [];
}
