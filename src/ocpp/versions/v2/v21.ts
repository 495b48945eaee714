/** OCPP 2.1: 2.0.1 and what was added to it. */
import type { Json } from '../../../domain/model/object.js';
import { isPayload, type Payload } from '../../frames/frame.js';
import { acknowledgeOnly, acknowledgeWith, type MessageDefinition } from '../routes.js';
import { MESSAGES, transactionEvent } from './inbound.js';
import { writeResponseWithLimit } from './transactions.js';
import { formatTime, textOf } from '../fields.js';
import { createVersion2 } from './v201.js';
import type { OcppVersion } from '../version.js';

/** @source OCPP 2.1 part 2 */
const ADDED_MESSAGES: readonly MessageDefinition[] = [
  { ...transactionEvent, writeResponse: writeResponseWithLimit },
  acknowledgeOnly('BatterySwap'),
  acknowledgeOnly('ClosePeriodicEventStream'),
  acknowledgeWith('GetCertificateChainStatus', failedChainStatuses),
  acknowledgeOnly('NotifyDERAlarm'),
  acknowledgeOnly('NotifyDERStartStop'),
  { ...acknowledgeOnly('NotifyPeriodicEventStream'), sendOnly: true },
  acknowledgeOnly('NotifyPriorityCharging'),
  acknowledgeOnly('NotifySettlement'),
  acknowledgeOnly('OpenPeriodicEventStream', { status: 'Rejected' }),
  acknowledgeOnly('PullDynamicScheduleUpdate', { status: 'Rejected' }),
  acknowledgeOnly('ReportDERControl'),
  acknowledgeWith('VatNumberValidation', (asked) => ({
    status: 'Rejected',
    vatNumber: isPayload(asked) ? (textOf(asked, 'vatNumber') ?? '') : '',
  })),
];

/** We look no certificate up: each that was asked for has failed, and may be asked for again at once. */
function failedChainStatuses(asked: Json, now: number): Payload {
  const requests = isPayload(asked) ? asked['certificateStatusRequests'] : undefined;
  const list: readonly Json[] = Array.isArray(requests) ? requests : [];
  return {
    certificateStatus: list.filter(isPayload).map(({ certificateHashData = {}, source = 'OCSP' }) => ({
      certificateHashData,
      source,
      status: 'Failed',
      nextUpdate: formatTime(now),
    })),
  };
}

export const v21: OcppVersion = createVersion2('2.1', [...MESSAGES, ...ADDED_MESSAGES]);
