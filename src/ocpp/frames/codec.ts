/** Defines how the frames of a socket are read and written, and provides the codecs of OCPP-J. */
import { encodeCall, encodeError, encodeResult, parseFrame, type CallFrame, type Frame } from './frame.js';
import { FRAME_RULES, type FrameRules, type OcppJVersion } from './frame-rules.js';

/** Our CALLs that may still be answered. A dialect whose answers look like requests needs them. */
export interface OutstandingCalls {
  /** Returns the action of the CALL with this id; `undefined` if there is none. */
  actionOf(id: string): string | undefined;
  readonly inFlightCall: { readonly id: string; readonly action: string } | undefined;
}

export interface Codec {
  readonly name: 'ocpp-j' | 'envelope';
  readonly rules: FrameRules;
  /** True if the dialect reuses ids. Responses are then cached only briefly, even those that affect a bill. */
  readonly reusesIds: boolean;
  /** True if results contain their action. */
  readonly labelsResults: boolean;
  /** Never throws. */
  parseFrame(text: string, outstanding: OutstandingCalls | undefined): Frame;
  /** @param payload JSON text. */
  encodeResult(frame: CallFrame, payload: string): string;
  encodeError(idText: string, code: string, description: string): string;
  encodeCall(id: string, action: string, payload: string): string;
  /** Writes a CALLRESULTERROR (2.1), which reports an invalid response to the charger. */
  encodeResultError?(id: string, code: string, description: string): string;
}

function createOcppJCodec(rules: FrameRules, labelsResults: boolean): Codec {
  return {
    name: 'ocpp-j',
    rules,
    reusesIds: false,
    labelsResults,
    parseFrame: (text) => parseFrame(text, rules),
    encodeResult: labelsResults
      ? ({ idText, action }, payload) => `[3,${idText},${JSON.stringify(action)},${payload}]`
      : ({ idText }, payload) => encodeResult(idText, payload),
    encodeError: (idText, code, description) => encodeError(idText, code, description),
    encodeCall,
    ...(rules.hasCallResultErrors && {
      encodeResultError: (id, code, description) => encodeError(JSON.stringify(id), code, description, 5),
    }),
  };
}

function createCodecPair(version: OcppJVersion): { readonly plain: Codec; readonly labelled: Codec } {
  const rules = FRAME_RULES[version];
  return { plain: createOcppJCodec(rules, false), labelled: createOcppJCodec(rules, true) };
}

const OCPP_J_CODECS = {
  '1.6': createCodecPair('1.6'),
  '2.0.1': createCodecPair('2.0.1'),
  '2.1': createCodecPair('2.1'),
} satisfies Record<OcppJVersion, unknown>;

/** @param labelled Whether results are `[3,id,"Action",{}]`, as some documents show them, although no standard does. */
export function ocppJCodec(version: OcppJVersion, labelled = false): Codec {
  return labelled ? OCPP_J_CODECS[version].labelled : OCPP_J_CODECS[version].plain;
}
