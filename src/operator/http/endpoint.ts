/** Defines the form in which the endpoints of the operator's API are declared. */
import type { Request, RequestHandler, Response } from 'express';
import type { Json } from '../../domain/model/object.js';
import type { OperatorDeps } from './deps.js';
import type { JsonSchema } from './json-schema.js';
import type { Parameters } from './parameters.js';
import type { Problem, ProblemCode } from './problem.js';
import type { Scope } from './tokens.js';
import type { JsonBody } from './request-body.js';

/** The authenticated sender of a request. */
export interface Person {
  /** The name of the token. */
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** The network address of the client. */
  readonly address: string;
}

interface AnyEndpoint {
  /** The path, with parameters as in `/api/orders/:id`. */
  readonly path: string;
  /** What the endpoint does, in one or two sentences. */
  readonly description: string;
  readonly scope: Scope;
  readonly query?: Parameters;
  /** The schema of the JSON response, or the type and description of any other response. */
  readonly answer: JsonSchema | { readonly contentType: string; readonly description: string };
  /** The endpoint's own problem codes, in addition to those that every endpoint may return. */
  readonly problems?: readonly ProblemCode[];
}

/** An endpoint that changes nothing. */
interface Reading extends AnyEndpoint {
  readonly method: 'GET';
  readonly handle: (deps: OperatorDeps) => RequestHandler;
}

/** An endpoint that changes something. The act and its outcome are recorded before the response is sent. */
export interface Acting extends AnyEndpoint {
  readonly method: 'POST' | 'DELETE';
  /** The schema of the JSON body; `text` for a file. */
  readonly body?: JsonSchema | 'text';
  /** The maximum size of the JSON body; 16 KB by default. */
  readonly bodyLimit?: string;
  readonly act: (deps: OperatorDeps) => (request: ActRequest) => Promise<ActResult>;
  readonly audit: AuditRule;
}

export type Endpoint = Reading | Acting;

export interface ActRequest {
  readonly req: Request;
  readonly person: Person;
  /** The checked body; `{}` if it is a file. */
  readonly body: JsonBody;
}

export type ActResult =
  | { readonly problem: Problem }
  | { readonly body: object }
  /** A long response, which is sent in pieces, and the summary to record. */
  | { readonly send: (res: Response) => Promise<void>; readonly summary: Json };

interface AuditRule {
  /** The name of the act, such as `order.close`. */
  readonly act: string;
  readonly targetKind: string;
  /** Returns the id of the target; the `:id` of the path by default. */
  readonly targetId?: (request: ActRequest) => string;
  /** Returns what to record of the request; the whole body by default. */
  readonly request?: (request: ActRequest) => Json;
  /** Returns the state of the target, which is recorded before and after the act. */
  readonly state?: (deps: OperatorDeps, targetId: string) => Promise<Json | undefined> | Json | undefined;
  /** Returns what to record of a short response if there is no `state`; nothing by default. */
  readonly result?: (body: object) => Json;
}
