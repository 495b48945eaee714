/** OCPP 2.0.1. */
import { ocppActions, type OcppVersionName } from '../../../schema/validators.js';
import { errorCode } from '../../frames/call-errors.js';
import { routesFor, type Message } from '../routes.js';
import { detailsOf, statusOf, writerFor } from './commands.js';
import { configure } from './configure.js';
import { MESSAGES } from './inbound.js';
import { readSamples } from './meter.js';
import type { OcppVersion } from '../version.js';

/** A version of the 2.x family: its own schemas and messages, the same words. */
export function version2(name: OcppVersionName, messages: readonly Message[]): OcppVersion {
  return {
    name,
    subprotocol: `ocpp${name}`,
    deflate: true,
    routes: routesFor(name, messages),
    knows: (action) => ocppActions(name).has(action),
    errorCode: (kind) => errorCode(kind, '2.0.1'),
    write: writerFor(name),
    statusOf,
    detailsOf,
    samplesOf: (payload, receivedAt) => readSamples(payload['meterValue'], receivedAt),
    configure,
  };
}

export const v201: OcppVersion = version2('2.0.1', MESSAGES);
