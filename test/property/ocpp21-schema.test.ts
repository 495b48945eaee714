/** Our OCPP 2.1 schemas accept and reject the same payloads as the published ones. */
import { compareVersion, ocppRpc, published } from './ocpp-verdicts.js';

compareVersion('2.1', [ocppRpc('ocpp2_1'), published('2.1', 'Request')]);
