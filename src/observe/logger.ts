/** The log: JSON lines on stderr, so that stdout stays for the line that says we are ready. */
import { destination, pino, type DestinationStream, type Logger } from 'pino';
import type { Config } from '../config/config.js';
import type { Clock } from '../ports/runtime.js';
import { cleanDetail, cleanText } from './clean.js';

export type { Logger };

/** pino's second line of defence, for objects that came past `cleanDetail`. */
const REDACTED = ['password', 'token', 'authorization', '*.password', '*.token', '*.authorization', '*.signingKey'];

/** Everything that is logged through it is cleaned: see `clean.ts`. */
export function createLogger(
  { level }: Config['log'],
  clock: Pick<Clock, 'now'>,
  stream: DestinationStream = destination({ dest: 2, sync: true }),
): Logger {
  return pino(
    {
      level,
      base: null,
      redact: { paths: REDACTED, censor: '[hidden]' },
      timestamp: () => `,"time":"${new Date(clock.now()).toISOString()}"`,
      formatters: {
        level: (label) => ({ level: label }),
        log: (detail) => Object.fromEntries(Object.entries(cleanDetail(detail) ?? {})),
      },
      serializers: { err: (error: unknown) => error },
      hooks: {
        logMethod(args, method) {
          const [first, ...words] = args.map((arg: unknown) => (typeof arg === 'string' ? cleanText(arg) : arg));
          // Left to itself, pino takes a missing message from the error, uncleaned.
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
