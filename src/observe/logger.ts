/** Creates the log: JSON lines on stderr, because stdout is reserved for the line printed when the bridge is ready. */
import { destination, pino, type DestinationStream, type LevelWithSilent, type Logger } from 'pino';
import type { Clock } from '../ports/runtime.js';
import { cleanDetail, cleanText } from './clean.js';

export type { Logger };

/** The paths that pino redacts, in case an object bypasses `cleanDetail`. */
const REDACTED_PATHS = [
  'password',
  'token',
  'authorization',
  '*.password',
  '*.token',
  '*.authorization',
  '*.signingKey',
];

/** Creates a logger that cleans messages and details with `clean.ts`. */
export function createLogger(
  { level }: { readonly level: LevelWithSilent },
  clock: Pick<Clock, 'now'>,
  stream: DestinationStream = destination({ dest: 2, sync: true }),
): Logger {
  return pino(
    {
      level,
      base: null,
      redact: { paths: REDACTED_PATHS, censor: '[hidden]' },
      timestamp: () => `,"time":"${new Date(clock.now()).toISOString()}"`,
      formatters: {
        level: (label) => ({ level: label }),
        log: (detail) => Object.fromEntries(Object.entries(cleanDetail(detail) ?? {})),
      },
      serializers: { err: (error: unknown) => error },
      hooks: {
        logMethod(args, method) {
          const [first, ...words] = args.map((arg: unknown) => (typeof arg === 'string' ? cleanText(arg) : arg));
          // If there were no message, pino would log the error's own message uncleaned.
          const error = first instanceof Error ? first : errorOf(first);
          if (error !== undefined && words.length === 0) words.push(cleanText(error.message));
          Reflect.apply(method, this, [first instanceof Error ? { err: first } : first, ...words]);
        },
      },
    },
    stream,
  );
}

function errorOf(detail: unknown): Error | undefined {
  const error: unknown = typeof detail === 'object' && detail !== null && 'err' in detail ? detail.err : undefined;
  return error instanceof Error ? error : undefined;
}
