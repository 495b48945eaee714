/** Defines the settings of the store and of its disk reserves: the frame journal and the ballast. */
export interface StoreSettings {
  readonly kind: 'sqlite' | 'mongo';
  readonly path: string;
  /** The URI without credentials; `Secrets.storeUri` has them. */
  readonly uri?: string;
  readonly leaseS: number;
  readonly leaseWaitS: number;
  readonly frameJournalBytes: number;
  readonly ballastBytes: number;
}
