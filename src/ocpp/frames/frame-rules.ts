/** What each version of OCPP-J says of frames that are none of its own. */

export interface FrameRules {
  /** CALLRESULTERROR (5) and SEND (6) are message types of this version. */
  readonly hasResultErrors: boolean;
  readonly hasSends: boolean;
  /** A message type that the version does not have: 1.6 and 2.1 say ignore, 2.0.1 says answer. */
  readonly unknownType: 'ignored' | 'answered';
  /** Text that is no frame, or a CALL whose id cannot be read: 1.6 has no code for it. */
  readonly noFrame: 'ignored' | 'answered';
  /** Characters of an id beyond which a CALL is no RPC message. */
  readonly longestId: number;
}

/** @source OCPP-J 1.6 §4.1.3, §4.2; OCPP-J 2.0.1 §4.1.4, §4.4; OCPP-J 2.1 §4.1.4, §4.2.4, §4.2.5, §4.4 */
export const FRAME_RULES = {
  '1.6': {
    hasResultErrors: false,
    hasSends: false,
    unknownType: 'ignored',
    noFrame: 'ignored',
    longestId: Infinity,
  },
  '2.0.1': { hasResultErrors: false, hasSends: false, unknownType: 'answered', noFrame: 'answered', longestId: 36 },
  '2.1': { hasResultErrors: true, hasSends: true, unknownType: 'ignored', noFrame: 'answered', longestId: 36 },
} as const satisfies Record<string, FrameRules>;

export type FramedVersion = keyof typeof FRAME_RULES;
