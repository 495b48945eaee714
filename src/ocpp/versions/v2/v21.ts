/** OCPP 2.1: 2.0.1 and what was added to it. */
import type { Json } from '../../../domain/model/order.js';
import { isPayload, type Payload } from '../../frames/frame.js';
import { noted, notedWith, type Message } from '../routes.js';
import { MESSAGES, transactionEvent } from './inbound.js';
import { answerWithLimit } from './transactions.js';
import { formatTime, textOf } from '../fields.js';
import { version2 } from './v201.js';
import type { OcppVersion } from '../version.js';

/** @source OCPP 2.1 part 2 */
const ADDED: readonly Message[] = [
  { ...transactionEvent, reply: answerWithLimit },
  noted('BatterySwap'),
  noted('ClosePeriodicEventStream'),
  notedWith('GetCertificateChainStatus', chainsUnknown),
  noted('NotifyDERAlarm'),
  noted('NotifyDERStartStop'),
  { ...noted('NotifyPeriodicEventStream'), sent: true },
  noted('NotifyPriorityCharging'),
  noted('NotifySettlement'),
  noted('OpenPeriodicEventStream', { status: 'Rejected' }),
  noted('PullDynamicScheduleUpdate', { status: 'Rejected' }),
  noted('ReportDERControl'),
  notedWith('VatNumberValidation', (asked) => ({
    status: 'Rejected',
    vatNumber: isPayload(asked) ? (textOf(asked, 'vatNumber') ?? '') : '',
  })),
];

/** We look no certificate up: each that was asked for has failed, and may be asked for again at once. */
function chainsUnknown(asked: Json, now: number): Payload {
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

export const v21: OcppVersion = version2('2.1', [...MESSAGES, ...ADDED]);
