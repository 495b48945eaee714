/** Our OCPP 2.1 schemas give the verdicts of the published ones: the same payloads pass, the same fail. */
import { compareVersion, ocppRpc, published } from './ocpp-verdicts.js';

compareVersion('2.1', [ocppRpc('ocpp2_1'), published('2.1', 'Request')]);
