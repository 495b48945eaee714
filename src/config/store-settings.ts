/** Defines the settings of the store and of the files that stand in for it. */
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
