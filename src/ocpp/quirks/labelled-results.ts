import type { Quirk } from './quirk.js';

export const labelledResults: Quirk = {
  name: 'labelled-results',
  description:
    'Writes results as `[3,id,"Action",{}]` and expects ours so; understands `StartTransactionRequest` and the like. ' +
    'Such results are always read; ours are written so where this is configured, or once the charger has sent one.',
  source: 'Generated documentation of the OCPP 1.6J and 2.0.1 schemas',
  labelsResults: true,
  examples: [],
};
