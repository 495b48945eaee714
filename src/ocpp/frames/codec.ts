/** How the frames of one socket are written: chosen at the handshake or by the first frame, never changed after it. */
import { encodeCall, encodeError, parseFrame, encodeResult, type CallFrame, type Frame } from './frame.js';
import { FRAME_RULES, type FrameRules, type OcppJVersion } from './frame-rules.js';

/** The calls of ours that may still be answered, where a dialect cannot tell an answer from a question without them. */
export interface OutstandingCalls {
  /** The action of the call with this id. */
  actionOf(id: string): string | undefined;
  readonly inFlightCall: { readonly id: string; readonly action: string } | undefined;
}

export interface Codec {
  readonly name: 'ocpp-j' | 'envelope';
  readonly rules: FrameRules;
  /** Ids repeat by design: the same frame is a repeat only for a short time, even where money moves. */
  readonly reusesIds: boolean;
  /** Results carry their action. */
  readonly labelsResults: boolean;
  /** Never throws. */
  parseFrame(text: string, ours: OutstandingCalls | undefined): Frame;
  /** `payload` is JSON text. */
  encodeResult(frame: CallFrame, payload: string): string;
  encodeError(idText: string, code: string, description: string): string;
  encodeCall(id: string, action: string, payload: string): string;
  /** 2.1: tells the charger that its answer was bad. */
  encodeResultError?(id: string, code: string, description: string): string;
}

function createOcppJCodec(rules: FrameRules, labels: boolean): Codec {
  return {
    name: 'ocpp-j',
    rules,
    reusesIds: false,
    labelsResults: labels,
    parseFrame: (text) => parseFrame(text, rules),
    encodeResult: labels
      ? ({ idText, action }, payload) => `[3,${idText},${JSON.stringify(action)},${payload}]`
      : ({ idText }, payload) => encodeResult(idText, payload),
    encodeError: (idText, code, description) => encodeError(idText, code, description),
    encodeCall: encodeCall,
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

/** @shape `labelled` writes `[3,id,"Action",{}]`, which no standard knows and some documents draw. */
export function ocppJCodec(version: OcppJVersion, labelled = false): Codec {
  return labelled ? OCPP_J_CODECS[version].labelled : OCPP_J_CODECS[version].plain;
}
