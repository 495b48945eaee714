import { mapMembers, type Quirk } from './quirk.js';

const TIME_WITH_FRACTION = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.\d+Z$/;

const dropFractions: NonNullable<Quirk['answer']> = (_action, payload) =>
  mapMembers(payload, (_key, member) =>
    typeof member === 'string' ? member.replace(TIME_WITH_FRACTION, '$1Z') : member,
  );

export const wholeSecondTimes: Quirk = {
  name: 'whole-second-times',
  description: 'Fails on times with a fraction of a second; ours are written without one.',
  source: 'Firmwares in the field; both forms are valid ISO 8601',
  answer: dropFractions,
  call: dropFractions,
  examples: [
    {
      action: 'Heartbeat',
      before: { currentTime: '2026-01-31T10:00:00.123Z' },
      after: { currentTime: '2026-01-31T10:00:00Z' },
    },
  ],
};
