/** Who may connect, as the operator sees and changes it. Implemented at the socket edge. */
/**
 * 0 no authentication, 1 HTTP Basic, 2 HTTP Basic over TLS, 3 a client certificate over TLS.
 * @source OCPP 1.6 security whitepaper §3; OCPP 2.0.1 part 2, A00
 */
export type SecurityProfile = 0 | 1 | 2 | 3;

/** The response to BootNotifications: Accepted, Pending or Rejected. */
export type BootPolicy = 'accept' | 'pending' | 'reject';

/** Why a charge point is under quarantine: two clients seem to claim its identity. */
export interface QuarantineCause {
  readonly reason: 'takeovers' | 'other-certificate';
  /** One sentence for the operator. */
  readonly detail: string;
  /** The network address of the newer client. */
  readonly address: string;
}

/** No session is started at a charge point under quarantine until an operator lifts it. */
export interface Quarantine extends QuarantineCause {
  /** Epoch ms. */
  readonly since: number;
}

/** An identity whose connection was refused. Times are epoch ms. */
export interface RejectedConnection {
  readonly id: string;
  /** /24 of IPv4, /64 of IPv6. */
  readonly network: string;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly count: number;
  /** What it offered to speak the last time. */
  readonly subprotocols: readonly string[];
  /** Why it was refused the last time. */
  readonly reason: string;
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
      /** Shown this once; absent where the profile needs none. */
      readonly password?: string;
    }
  | { readonly refused: AccessRefusal };

export type PasswordChangeResult =
  | {
      /**
       * `in-force`: only the new one counts. `kept`: the charger did not take it, the old one stays. `both`: until the
       * charger has used one of them. `until-new-is-used`: both, until then.
       */
      readonly result: 'in-force' | 'unchanged' | 'both-valid' | 'both-until-new-used';
      /** Shown this once, when it was made here and may come to count. */
      readonly password?: string;
      /** The charger's own word. */
      readonly chargerStatus?: string;
    }
  | { readonly refused: AccessRefusal };

export interface ChargerAccess {
  /** Newest first. */
  rejectedConnections(): readonly RejectedConnection[];
  /** Makes a refused identity known, durably. */
  approve(id: string, wish: { readonly profile?: SecurityProfile }): Promise<ApprovalResult>;
  /**
   * Gives a charge point another password: over OCPP, or with `byHand` only here, for somebody to set at the charger.
   * @param wish.password 16 to 40 characters; made unless given.
   * @errors StoreFault when it could not be kept: then nothing was sent.
   */
  changePassword(
    id: string,
    wish: { readonly password?: string; readonly byHand?: boolean },
  ): Promise<PasswordChangeResult>;
}
