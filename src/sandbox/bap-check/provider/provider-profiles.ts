/**
 * Defines the providers that bap-check plays: their answers, their deliberate failures and their unsolicited callbacks.
 */
import type { Dialect, Step } from '../../dialects/dialect.js';

export type ProfileName = 'strict' | 'protocol-server' | 'onix';

/** Kinds of unsolicited callbacks during a session. */
export type ScenarioStep = 'unsolicited' | 'progress' | 'out-of-order' | 'duplicate-status' | 'raw-bytes';

/** The flaws of forged callbacks. A buyer app must refuse each of them. */
export const CALLBACK_FLAWS = [
  'unsigned',
  'tampered',
  'wrong-digest',
  'expired',
  'unknown-signer',
  'foreign-signer',
] as const;
export type CallbackFlaw = (typeof CALLBACK_FLAWS)[number];

export interface ProviderProfile {
  readonly name: ProfileName;
  readonly ack: { readonly status: number; readonly withContext: boolean };
  readonly nack: {
    readonly status: number;
    readonly withContext: boolean;
    /** True puts `error` inside `message`, next to `ack`; false puts it next to `message`. */
    readonly errorInMessage: boolean;
  };
  /** True writes `{"message":{"status","messageId"}}` in a dialect that acknowledges with a bare `status`. */
  readonly statusInMessage: boolean;
  /** Whether error codes are JSON numbers. */
  readonly numericCodes: boolean;
  /** The step whose first request is acknowledged and then answered by a callback with `error`. */
  readonly errorCallbackFor?: Step;
  /** The step whose first request is refused. */
  readonly nackFor: Step;
  /** The step whose first request gets 503. */
  readonly unavailableFor?: Step;
  /** The step whose first callback comes late and is then repeated. */
  readonly lateCallbackFor?: Step;
  /** The genuine callbacks to send during the session, in order. One with each flaw follows them. */
  readonly scenario: readonly ScenarioStep[];
  /** Whether the terminal callback is sent twice, followed by an old progress callback. */
  readonly repeatsEnd: boolean;
}

export const PROFILES: Readonly<Record<ProfileName, ProviderProfile>> = {
  /** Follows the specification, and also uses what the specification allows but few providers do. */
  strict: {
    name: 'strict',
    ack: { status: 200, withContext: false },
    nack: { status: 400, withContext: false, errorInMessage: false },
    statusInMessage: false,
    numericCodes: false,
    errorCallbackFor: 'select',
    nackFor: 'status',
    unavailableFor: 'support',
    scenario: ['unsolicited', 'progress', 'progress', 'out-of-order', 'duplicate-status', 'raw-bytes'],
    repeatsEnd: true,
  },
  'protocol-server': {
    name: 'protocol-server',
    ack: { status: 202, withContext: true },
    nack: { status: 400, withContext: true, errorInMessage: false },
    statusInMessage: false,
    numericCodes: true,
    errorCallbackFor: 'select',
    nackFor: 'status',
    lateCallbackFor: 'init',
    scenario: ['unsolicited', 'progress'],
    repeatsEnd: false,
  },
  /** Answers as onix did before version 2, except in the newer Beckn 2.0.0 LTS, where it answers as onix does now. */
  onix: {
    name: 'onix',
    ack: { status: 200, withContext: false },
    nack: { status: 401, withContext: false, errorInMessage: true },
    statusInMessage: true,
    numericCodes: false,
    nackFor: 'status',
    scenario: ['unsolicited', 'progress'],
    repeatsEnd: false,
  },
};

/** Returns the profiles that exist in a dialect: protocol-server speaks core 1.x only. */
export const profilesOf = ({ envelope }: Dialect): ProviderProfile[] =>
  Object.values(PROFILES).filter(({ name }) => name !== 'protocol-server' || envelope.version.startsWith('1.'));
