/** What each version of OCPP-J says of frames that are none of its own. */

export interface FrameRules {
  /** CALLRESULTERROR (5) and SEND (6) are message types of this version. */
  readonly hasCallResultErrors: boolean;
  readonly hasSends: boolean;
  /** A message type that the version does not have: 1.6 and 2.1 say ignore, 2.0.1 says answer. */
  readonly unknownMessageType: 'ignored' | 'answered';
  /** Text that is no frame, or a CALL whose id cannot be read: 1.6 has no code for it. */
  readonly malformedFrame: 'ignored' | 'answered';
  /** Characters of an id beyond which a CALL is no RPC message. */
  readonly maxIdLength: number;
}

/** @source OCPP-J 1.6 §4.1.3, §4.2; OCPP-J 2.0.1 §4.1.4, §4.4; OCPP-J 2.1 §4.1.4, §4.2.4, §4.2.5, §4.4 */
export const FRAME_RULES = {
  '1.6': {
    hasCallResultErrors: false,
    hasSends: false,
    unknownMessageType: 'ignored',
    malformedFrame: 'ignored',
    maxIdLength: Infinity,
  },
  '2.0.1': {
    hasCallResultErrors: false,
    hasSends: false,
    unknownMessageType: 'answered',
    malformedFrame: 'answered',
    maxIdLength: 36,
  },
  '2.1': {
    hasCallResultErrors: true,
    hasSends: true,
    unknownMessageType: 'ignored',
    malformedFrame: 'answered',
    maxIdLength: 36,
  },
} as const satisfies Record<string, FrameRules>;

export type OcppJVersion = keyof typeof FRAME_RULES;
