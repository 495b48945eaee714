/** Defines OCPP 2.0.1 and what the 2.x versions have in common. */
import { ocppActions, type OcppVersionName } from '../../../schema/validators.js';
import { errorCode } from '../../frames/call-errors.js';
import { buildRoutes, type MessageDefinition } from '../routes.js';
import type { OcppVersion } from '../version.js';
import { commandEncoderFor, detailsOf, statusOf } from './commands.js';
import { configure } from './configure.js';
import { MESSAGES } from './inbound.js';
import { readSamples } from './meter.js';

/** Creates a 2.x version. These versions differ only in their schemas and messages. */
export function createVersion2(name: OcppVersionName, messages: readonly MessageDefinition[]): OcppVersion {
  return {
    name,
    subprotocol: `ocpp${name}`,
    offersCompression: true,
    routes: buildRoutes(name, messages),
    hasAction: (action) => ocppActions(name).has(action),
    errorCode: (kind) => errorCode(kind, '2.0.1'),
    encodeCommand: commandEncoderFor(name),
    statusOf,
    detailsOf,
    readMeterSamples: (payload, receivedAt) => readSamples(payload['meterValue'], receivedAt),
    configure,
  };
}

export const v201: OcppVersion = createVersion2('2.0.1', MESSAGES);
