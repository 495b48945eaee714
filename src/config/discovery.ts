/** A service that is told what is for sale. */
export interface DiscoverySettings {
  readonly url: string;
  readonly subscriberId: string;
  readonly everyS?: number;
  readonly refreshH?: number;
}
