/** Defines an endpoint of the operator's API. */
import type { RequestHandler } from 'express';
import type { OperatorDeps } from './deps.js';

export interface Endpoint {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** One sentence, with the query parameters. */
  readonly description: string;
  readonly handle: (deps: OperatorDeps) => RequestHandler;
  /** The body is read as text, for example an uploaded CSV file. */
  readonly textBody?: true;
  /** The largest JSON body; 16 KB by default. */
  readonly bodyLimit?: string;
}
