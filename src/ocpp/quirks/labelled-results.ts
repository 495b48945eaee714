import type { Quirk } from './quirk.js';

export const labelledResults: Quirk = {
  name: 'labelled-results',
  description:
    'Writes results as `[3,id,"Action",{}]` and expects the same of ours; spells actions like `StartTransactionRequest`. ' +
    'Such results are always read; ours are labelled if this is configured, or as long as the labels of the charger fit.',
  source: 'Generated documentation of the OCPP 1.6J and 2.0.1 schemas',
  labelsResults: true,
  examples: [],
};
