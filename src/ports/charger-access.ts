/** Defines how an operator controls which charge points may connect. Implemented by the socket edge. */

/**
 * 0: no authentication (our addition); 1: HTTP Basic; 2: HTTP Basic over TLS; 3: TLS with a client certificate.
 * @source OCPP 1.6 security whitepaper; OCPP 2.0.1 part 2, A00
 */
export type SecurityProfile = 0 | 1 | 2 | 3;

/** How BootNotifications are answered: Accepted, Pending or Rejected. */
export type BootPolicy = 'accept' | 'pending' | 'reject';

/** Why two clients seem to claim the identity of a charge point. */
export interface QuarantineCause {
  readonly reason: 'takeovers' | 'other-certificate';
  /** One sentence for the operator. */
  readonly detail: string;
  /** The network address of the newer client. */
  readonly address: string;
}

/** A charge point under quarantine gets no remote start until an operator lifts the quarantine. */
export interface Quarantine extends QuarantineCause {
  /** Epoch ms. */
  readonly since: number;
}

/** Why a connection may be refused. */
export const REJECTION_CODES = [
  'unknown-identity',
  'wrong-path',
  'no-password',
  'wrong-password',
  'user-not-identity',
  'tls-required',
  'no-certificate',
  'certificate-not-trusted',
  'certificate-name',
  'certificate-organisation',
  'too-many-failures',
  'no-websocket',
  'no-common-subprotocol',
  'tls-on-plain-port',
  'plain-on-tls-port',
  'tls-handshake-failed',
] as const;

export type RejectionCode = (typeof REJECTION_CODES)[number];

/** Where a refused client's identity was found: after a base path, at the end of another path, or as the Basic user. */
type IdentitySource = 'path' | 'last-segment' | 'basic-user';

export interface RejectedAttempt {
  /** Absent if the client stated no identity; such attempts are grouped by network and reason. */
  readonly id?: string;
  readonly identityFrom?: IdentitySource;
  /** The client's network: /24 for IPv4, /64 for IPv6. */
  readonly network: string;
  /** Epoch ms. */
  readonly at: number;
  /** The path of the URL, without its query; absent if there was no readable request. */
  readonly path?: string;
  /** Whether the client connected over TLS. */
  readonly tls: boolean;
  /** The subprotocols offered. */
  readonly subprotocols: readonly string[];
  readonly code: RejectionCode;
}

/** A client whose connection was refused, with the details of its last attempt. Times are epoch ms. */
export interface RejectedConnection extends Omit<RejectedAttempt, 'at'> {
  readonly firstAt: number;
  readonly lastAt: number;
  readonly count: number;
  /** Why the last attempt was refused, in words. A throttled client keeps the reason of an earlier attempt. */
  readonly reason: string;
  /** What to do about it, in one or two sentences. */
  readonly cure: string;
}

/** Another spelling of a known charge point's identity, under which it may connect. */
export interface Spelling {
  /** The identity as spelled in the URL. */
  readonly id: string;
  /** The charge point that it stands for. */
  readonly chargePointId: string;
  /** Epoch ms. */
  readonly approvedAt: number;
}

export type AccessRefusal =
  | 'not-in-list'
  | 'already-known'
  | 'profile-not-allowed'
  | 'unknown-charge-point'
  | 'password-invalid'
  | 'change-in-progress'
  | 'too-many-pending-passwords'
  | 'not-connected'
  | 'version-unsupported';

export type ApprovalResult =
  | {
      readonly id: string;
      readonly profile: SecurityProfile;
      /** The password, which is shown only in this result; absent if the profile needs none. */
      readonly password?: string;
    }
  /** The identity `id` connects as the known charge point `as`, with the profile and password of that charge point. */
  | { readonly id: string; readonly as: string }
  | { readonly refused: AccessRefusal };

export type PasswordChangeResult =
  | {
      /**
       * `in-force`: only the new password is valid. `unchanged`: the charger refused it, so the old ones stay valid.
       * `both-valid`: both are valid until the charger uses either. `both-until-new-used`: both are valid until the
       * charger uses the new one.
       */
      readonly result: 'in-force' | 'unchanged' | 'both-valid' | 'both-until-new-used';
      /** The generated password, if it is valid or may become valid. It is shown only in this result. */
      readonly password?: string;
      /** The status of the charger's answer, or why there is none. */
      readonly chargerStatus?: string;
    }
  | { readonly refused: AccessRefusal };

export interface ChargerAccess {
  /** Returns the refused clients that are remembered, the latest attempt first. */
  rejectedConnections(): readonly RejectedConnection[];
  /** Checks whether the charge point has a valid password, either from the settings or set later. */
  hasPassword(id: string): boolean;
  /**
   * Permanently lets a refused identity connect.
   * @param request.as The known charge point, if `id` is another spelling of it; absent for a new charge point.
   * @param request.profile The security profile of a new charge point.
   * @errors StoreFault; the identity cannot connect then.
   */
  approve(id: string, request: { readonly profile?: SecurityProfile; readonly as?: string }): Promise<ApprovalResult>;
  /** Returns the approved spellings, sorted by spelling. */
  spellings(): readonly Spelling[];
  /**
   * Withdraws an approved spelling, durably, and closes the socket of its charge point, which may have connected under
   * it. Resolves with `undefined` if there is no such spelling.
   * @errors StoreFault; nothing has changed then.
   */
  removeSpelling(id: string): Promise<Spelling | undefined>;
  /**
   * Changes the password of a charge point: over OCPP or, with `byHand`, only on our side, for a technician to set at
   * the charger.
   * @param request.password 16 to 40 characters of printable ASCII; generated by default.
   * @errors StoreFault if the new password could not be stored in advance; the charger was not asked to change it then.
   */
  changePassword(
    id: string,
    request: { readonly password?: string; readonly byHand?: boolean },
  ): Promise<PasswordChangeResult>;
}
