/** A discovery service to which the catalogue is published. */
export interface DiscoverySettings {
  readonly url: string;
  readonly subscriberId: string;
  readonly everyS?: number;
  readonly refreshH?: number;
}
