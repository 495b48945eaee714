/** OCPP 2.0.1. */
import { ocppActions, type OcppVersionName } from '../../../schema/validators.js';
import { errorCode } from '../../frames/call-errors.js';
import { buildRoutes, type MessageDefinition } from '../routes.js';
import type { OcppVersion } from '../version.js';
import { commandEncoderFor, detailsOf, statusOf } from './commands.js';
import { configure } from './configure.js';
import { MESSAGES } from './inbound.js';
import { readSamples } from './meter.js';

/** A version of the 2.x family: its schemas and messages differ, everything else is shared. */
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
