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
export type Beat = 'unsolicited' | 'progress' | 'out-of-order' | 'duplicate-status' | 'raw-bytes';

/** Callbacks that must not be believed. */
export const FLAWS = ['unsigned', 'tampered', 'wrong-digest', 'expired', 'unknown-signer', 'foreign-signer'] as const;
export type Flaw = (typeof FLAWS)[number];

export interface Profile {
  readonly name: ProfileName;
  /** How requests are acknowledged. */
  readonly ack: { readonly status: number; readonly withContext: boolean };
  /** How they are refused. */
  readonly nack: {
    readonly status: number;
    readonly withContext: boolean;
    /** Whether `error` stands in `message`, beside `ack`, and not beside `message`. */
    readonly errorInside: boolean;
  };
  /** Whether error codes are JSON numbers. */
  readonly numericCodes: boolean;
  /** Acknowledged, and answered by a callback with `error` the first time. */
  readonly errs?: Action;
  /** Refused the first time. */
  readonly refuses: Action;
  /** Answered with 503 the first time. */
  readonly stumbles?: Action;
  /** Whose callback comes late, and then a second time. */
  readonly late?: Action;
  readonly story: readonly Beat[];
  /** Whether the end is told twice, with an old progress behind it. */
  readonly afterwards: boolean;
}

export const PROFILES: Readonly<Record<ProfileName, Profile>> = {
  /** To the letter of core 1.1 and BECKN-006, and using all that they allow. */
  strict: {
    name: 'strict',
    ack: { status: 200, withContext: false },
    nack: { status: 400, withContext: false, errorInside: false },
    numericCodes: false,
    errs: 'select',
    refuses: 'status',
    stumbles: 'support',
    story: ['unsolicited', 'progress', 'progress', 'out-of-order', 'duplicate-status', 'raw-bytes'],
    afterwards: true,
  },
  'protocol-server': {
    name: 'protocol-server',
    ack: { status: 202, withContext: true },
    nack: { status: 400, withContext: true, errorInside: false },
    numericCodes: true,
    errs: 'select',
    refuses: 'status',
    late: 'init',
    story: ['unsolicited', 'progress'],
    afterwards: false,
  },
  /** As it was before its version 2. */
  onix: {
    name: 'onix',
    ack: { status: 200, withContext: false },
    nack: { status: 401, withContext: false, errorInside: true },
    numericCodes: false,
    refuses: 'status',
    story: ['unsolicited', 'progress'],
    afterwards: false,
  },
};
