/** Defines an endpoint of the operator's API. Routes, checks, documents and tests are made from such definitions. */
import type { Request, RequestHandler, Response } from 'express';
import type { Json } from '../../domain/model/object.js';
import type { OperatorDeps } from './deps.js';
import type { JsonSchema } from './json-schema.js';
import type { Parameters } from './parameters.js';
import type { Problem, ProblemCode } from './problem.js';
import type { Scope } from './tokens.js';
import type { JsonBody } from './request-body.js';

/** Who sends a request. */
export interface Person {
  /** The name of the token. */
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** The network address of the client. */
  readonly address: string;
}

interface AnyEndpoint {
  /** With parameters as in `/api/orders/:id`. */
  readonly path: string;
  /** One or two sentences. */
  readonly description: string;
  readonly scope: Scope;
  readonly query?: Parameters;
  /** The schema of the JSON answer, or what the text of another type is. */
  readonly answer: JsonSchema | { readonly contentType: string; readonly description: string };
  /** Codes of its own, besides those that every endpoint may answer. */
  readonly problems?: readonly ProblemCode[];
}

/** An endpoint that changes nothing. */
interface Reading extends AnyEndpoint {
  readonly method: 'GET';
  readonly handle: (deps: OperatorDeps) => RequestHandler;
}

/** An endpoint by which a person changes something. It is recorded with its outcome before the answer is sent. */
export interface Acting extends AnyEndpoint {
  readonly method: 'POST' | 'DELETE';
  /** The schema of its JSON body; `text` for a file. */
  readonly body?: JsonSchema | 'text';
  /** The largest JSON body; 16 KB by default. */
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
  /** A long answer, sent piece by piece, and what is recorded of it. */
  | { readonly send: (res: Response) => Promise<void>; readonly summary: Json };

interface AuditRule {
  /** Such as `order.close`. */
  readonly act: string;
  readonly targetKind: string;
  /** The id of the target; the `:id` of the path by default. */
  readonly targetId?: (request: ActRequest) => string;
  /** What is recorded of the request; the members of the body by default. */
  readonly request?: (request: ActRequest) => Json;
  /** What of the target is recorded before and after the act. */
  readonly state?: (deps: OperatorDeps, targetId: string) => Promise<Json | undefined> | Json | undefined;
  /** What is recorded of the answer, if the act has no `state`. */
  readonly result?: (body: object) => Json;
}
