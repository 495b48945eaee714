/** How the frames of one socket are written: chosen at the handshake or by the first frame, never changed after it. */
import { callText, errorText, parseFrame, resultText, type CallFrame, type Frame } from './frame.js';
import { FRAME_RULES, type FrameRules, type FramedVersion } from './frame-rules.js';

/** The calls of ours that may still be answered, where a dialect cannot tell an answer from a question without them. */
export interface Outstanding {
  /** The action of the call with this id. */
  actionOf(id: string): string | undefined;
  readonly current: { readonly id: string; readonly action: string } | undefined;
}

export interface Codec {
  readonly name: 'ocpp-j' | 'envelope';
  readonly rules: FrameRules;
  /** Ids repeat by design: the same frame is a repeat only for a short time, even where money moves. */
  readonly idsRepeat: boolean;
  /** Results carry their action. */
  readonly labels: boolean;
  /** Never throws. */
  parse(text: string, ours: Outstanding | undefined): Frame;
  /** `payload` is JSON text. */
  result(frame: CallFrame, payload: string): string;
  error(idText: string, code: string, description: string): string;
  call(id: string, action: string, payload: string): string;
  /** 2.1: tells the charger that its answer was bad. */
  resultError?(id: string, code: string, description: string): string;
}

function createOcppJ(rules: FrameRules, labels: boolean): Codec {
  return {
    name: 'ocpp-j',
    rules,
    idsRepeat: false,
    labels,
    parse: (text) => parseFrame(text, rules),
    result: labels
      ? ({ idText, action }, payload) => `[3,${idText},${JSON.stringify(action)},${payload}]`
      : ({ idText }, payload) => resultText(idText, payload),
    error: (idText, code, description) => errorText(idText, code, description),
    call: callText,
    ...(rules.hasResultErrors && {
      resultError: (id, code, description) => errorText(JSON.stringify(id), code, description, 5),
    }),
  };
}

function both(version: FramedVersion): { readonly plain: Codec; readonly labelled: Codec } {
  const rules = FRAME_RULES[version];
  return { plain: createOcppJ(rules, false), labelled: createOcppJ(rules, true) };
}

const OCPP_J = { '1.6': both('1.6'), '2.0.1': both('2.0.1'), '2.1': both('2.1') } satisfies Record<
  FramedVersion,
  unknown
>;

/** @shape `labelled` writes `[3,id,"Action",{}]`, which no standard knows and some documents draw. */
export function ocppJ(version: FramedVersion, labelled = false): Codec {
  return labelled ? OCPP_J[version].labelled : OCPP_J[version].plain;
}
