/** Our OCPP 2.0.1 schemas accept and reject the same payloads as the published ones. */
import { compareVersion, ocppRpc, published } from './ocpp-verdicts.js';

compareVersion('2.0.1', [ocppRpc('ocpp2_0_1'), published('2.0.1', 'Request')]);
