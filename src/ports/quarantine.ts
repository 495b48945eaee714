/** A charge point that two seem to speak for: it is asked for no start until an operator has looked. */
export interface QuarantineCause {
  readonly reason: 'takeovers' | 'other-certificate';
  /** One sentence for the operator. */
  readonly detail: string;
  /** Where the newcomer came from. */
  readonly address: string;
}

export interface Quarantine extends QuarantineCause {
  /** Epoch ms. */
  readonly since: number;
}
