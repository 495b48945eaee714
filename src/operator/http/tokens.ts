/** Defines the tokens of the operator's API and their scopes. */

/**
 * - `read`     sees everything but the ledger, settlements, tokens and the audit record
 * - `operate`  acts on orders, chargers, what is for sale, trials and discrepancies
 * - `money`    sees the ledger and settlements, and imports statements
 * - `admin`    does everything; only it covers tokens, the audit record, subscriptions and reloads
 */
export type Scope = 'read' | 'operate' | 'money' | 'admin';

export const SCOPES: readonly Scope[] = ['read', 'operate', 'money', 'admin'];

/** A token of the API without its secret. Times are epoch ms. */
export interface ApiToken {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly createdAt?: number;
  /** The name of the token that created this one; `revokedBy` likewise names the one that revoked it. */
  readonly createdBy?: string;
  readonly revokedAt?: number;
  readonly revokedBy?: string;
  /** The last use since this process started. */
  readonly lastUsedAt?: number;
}

/** The tokens of the API; see `access/api-tokens.ts`. */
export interface Tokens {
  find(secret: string): ApiToken | undefined;
  get(name: string): ApiToken | undefined;
  list(): readonly ApiToken[];
  create(
    name: string,
    scopes: readonly Scope[],
    createdBy: string,
  ): Promise<{ readonly token: ApiToken; readonly secret: string } | { readonly refused: 'name-taken' }>;
  revoke(
    name: string,
    revokedBy: string,
  ): Promise<ApiToken | { readonly refused: 'not-found' | 'already-ended' | 'forbidden' }>;
}
