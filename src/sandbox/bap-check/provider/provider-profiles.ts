/**
 * Defines the providers that bap-check plays: their answers, their deliberate failures and their unsolicited callbacks.
 */

export type ProfileName = 'strict' | 'protocol-server' | 'onix';

/** The actions that a buyer app can send to a provider. @source Beckn core 1.1, paths. */
export const ACTIONS = [
  'search',
  'select',
  'init',
  'confirm',
  'status',
  'update',
  'track',
  'support',
  'cancel',
  'rating',
] as const;
export type Action = (typeof ACTIONS)[number];

export const isAction = (text: string): text is Action => (ACTIONS as readonly string[]).includes(text);

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
  /** Whether error codes are JSON numbers. */
  readonly numericCodes: boolean;
  /** The action whose first request is acknowledged and then answered by a callback with `error`. */
  readonly errorCallbackFor?: Action;
  /** The action whose first request is refused. */
  readonly nackFor: Action;
  /** The action whose first request gets 503. */
  readonly unavailableFor?: Action;
  /** The action whose first callback comes late and is then repeated. */
  readonly lateCallbackFor?: Action;
  /** In the order of sending. */
  readonly scenario: readonly ScenarioStep[];
  /** Whether the terminal callback is sent twice, followed by an old progress callback. */
  readonly repeatsEnd: boolean;
}

export const PROFILES: Readonly<Record<ProfileName, ProviderProfile>> = {
  /** Follows core 1.1 and BECKN-006, and does much that they allow but few providers do. */
  strict: {
    name: 'strict',
    ack: { status: 200, withContext: false },
    nack: { status: 400, withContext: false, errorInMessage: false },
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
    numericCodes: true,
    errorCallbackFor: 'select',
    nackFor: 'status',
    lateCallbackFor: 'init',
    scenario: ['unsolicited', 'progress'],
    repeatsEnd: false,
  },
  /** Answers as onix did before version 2. */
  onix: {
    name: 'onix',
    ack: { status: 200, withContext: false },
    nack: { status: 401, withContext: false, errorInMessage: true },
    numericCodes: false,
    nackFor: 'status',
    scenario: ['unsolicited', 'progress'],
    repeatsEnd: false,
  },
};
