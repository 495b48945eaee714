/** The providers that are played, each a small object: how it answers, where it stumbles, and what it tells unasked. */

export type ProfileName = 'strict' | 'protocol-server' | 'onix';

/** What a buyer app may ask of a provider. @source Beckn core 1.1, paths. */
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

/** Callbacks that nobody asked for, in the order in which they are told while the session lasts. */
export type ScenarioStep = 'unsolicited' | 'progress' | 'out-of-order' | 'duplicate-status' | 'raw-bytes';

/** Callbacks that must not be believed. */
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
  /** How requests are acknowledged. */
  readonly ack: { readonly status: number; readonly withContext: boolean };
  /** How they are refused. */
  readonly nack: {
    readonly status: number;
    readonly withContext: boolean;
    /** Whether `error` stands in `message`, beside `ack`, and not beside `message`. */
    readonly errorInMessage: boolean;
  };
  /** Whether error codes are JSON numbers. */
  readonly numericCodes: boolean;
  /** Acknowledged, and answered by a callback with `error` the first time. */
  readonly errorCallbackFor?: Action;
  /** Refused the first time. */
  readonly nackFor: Action;
  /** Answered with 503 the first time. */
  readonly unavailableFor?: Action;
  /** Whose callback comes late, and then a second time. */
  readonly lateCallbackFor?: Action;
  readonly scenario: readonly ScenarioStep[];
  /** Whether the end is told twice, with an old progress behind it. */
  readonly repeatsEnd: boolean;
}

export const PROFILES: Readonly<Record<ProfileName, ProviderProfile>> = {
  /** To the letter of core 1.1 and BECKN-006, and using all that they allow. */
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
  /** As it was before its version 2. */
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
