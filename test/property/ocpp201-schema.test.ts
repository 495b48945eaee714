/** Our OCPP 2.0.1 schemas give the verdicts of the published ones: the same payloads pass, the same fail. */
import { compareVersion, ocppRpc, published } from './ocpp-verdicts.js';

compareVersion('2.0.1', [ocppRpc('ocpp2_0_1'), published('2.0.1', 'Request')]);
