/** One row for each command: a line that can be repeated, lines that fail, and the moment of Ctrl-C. */
import type { Given } from './installation.js';

type Line = (given: Given) => string;
/** A line, its exit code, and the `error` of its JSON document; `undefined` if that reports findings or results. */
type Failure = readonly [line: string, exit: number, error: string | undefined];

export interface Row {
  readonly works: Line;
  /** The exit code of `works`; default 0. */
  readonly exit?: number;
  readonly fails: readonly Failure[];
  /**
   * When Ctrl-C is pressed: at the command's question, after a text, or at startup, where a fast command is held. By
   * default, Ctrl-C is pressed while the bridge does not answer.
   */
  readonly interrupted?: { readonly at: 'question' | RegExp | 'start'; readonly exit?: number };
  /** Whether the command writes files and therefore needs its own folder. */
  readonly ownFolder?: boolean;
  /** Set if the command runs until interrupted: the test interrupts it after this text. */
  readonly runsUntil?: RegExp;
  /** Whether the command signs, verifies or shows keys. */
  readonly readsKeys?: boolean;
  /** Whether the command logs to stderr. */
  readonly logs?: boolean;
  /** Whether the command continues when the reader closes the pipe; another test checks this. */
  readonly ignoresClosedPipe?: boolean;
  /** Whether `--json` prints one object per line. */
  readonly streams?: boolean;
  /** Whether the command mostly waits for a long time, so that it runs in parallel with the others. */
  readonly isLong?: boolean;
  /** Lines that may be wider than a terminal: programs read them, or they must not be broken. */
  readonly mayBeWide?: RegExp;
}

const DENIED = 'unauthorized';
const QUESTION = { at: 'question' } as const;
const AT_START = { at: 'start' } as const;
const CSV = /,/;
const JSON_MEMBER = /^ +"/;

export const ROWS: { readonly [command: string]: Row } = {
  serve: {
    readsKeys: true,
    works: ({ next }) => `serve --config ${next('settings')}`,
    runsUntil: /^ready beckn=|^\{"beckn"/m,
    exit: 0,
    fails: [
      ['serve --port 1', 2, 'wrong-usage'],
      ['serve --config /nowhere/bridge.json', 1, 'settings-wrong'],
    ],
    interrupted: { at: /^ready beckn=/m, exit: 0 },
    logs: true,
    mayBeWide: /^ready |^\{/,
    ignoresClosedPipe: true,
  },
  demo: {
    works: () => 'demo --once --speed 60 --scenario never-starts',
    fails: [
      ['demo --ocpp 3', 2, 'wrong-usage'],
      ['demo --speed 0', 2, 'wrong-usage'],
    ],
    interrupted: { at: /The buyer orders/ },
    streams: true,
    isLong: true,
  },
  sandbox: {
    works: ({ publicKey, next }) =>
      `sandbox --bap-url http://127.0.0.1:9/bap --subscriber-id shop.example --public-key ${publicKey} --port ${next('port')} --registry-port ${next('port')}`,
    runsUntil: /until you press Ctrl-C/,
    fails: [
      ['sandbox', 2, 'wrong-usage'],
      ['sandbox --bap-url nowhere --subscriber-id x --public-key y', 2, 'wrong-usage'],
    ],
    interrupted: { at: /until you press Ctrl-C/, exit: 0 },
    streams: true,
  },
  try: {
    works: ({ next }) => `try ${next('trialPoint')}/1`,
    fails: [
      ['try', 2, 'wrong-usage'],
      ['try CP-01/1 --url http://127.0.0.1 --url nowhere', 2, 'wrong-usage'],
      ['try CP-NONE/1', 5, 'not-found'],
      ['try CP-01/1 --token wrong', 4, DENIED],
      ['try CP-01/1 --url http://127.0.0.1:9', 3, 'not-running'],
    ],
    streams: true,
    isLong: true,
  },
  reload: {
    works: () => 'reload',
    fails: [['reload --token wrong', 4, DENIED]],
  },
  init: {
    readsKeys: true,
    works: ({ next }) =>
      `init ${next('name')} --mode sandbox --network own --id bpp.x.example --uri http://127.0.0.1:8080/beckn --registry '' --payment bap-prepaid`,
    fails: [
      ['init --uri nowhere', 2, 'wrong-usage'],
      ['init --beckn-port x', 2, 'wrong-usage'],
    ],
    interrupted: QUESTION,
    ownFolder: true,
  },
  check: {
    works: () => 'check',
    fails: [['check --config /nowhere/bridge.json', 1, undefined]],
    interrupted: AT_START,
  },
  doctor: {
    readsKeys: true,
    // It reports a rejected charger.
    works: () => 'doctor',
    exit: 1,
    fails: [['doctor --url nowhere', 2, 'wrong-usage']],
  },
  'keys generate': {
    readsKeys: true,
    works: ({ next }) => `keys generate ${next('name')}.key`,
    fails: [['keys generate config.json', 6, 'file-exists']],
    interrupted: AT_START,
    ownFolder: true,
  },
  'keys show': {
    readsKeys: true,
    works: () => 'keys show',
    fails: [['keys show --config /nowhere/bridge.json', 1, 'settings-wrong']],
    interrupted: AT_START,
  },
  'keys rotate': {
    readsKeys: true,
    works: ({ next }) => `keys rotate ${next('name')} --yes`,
    fails: [
      ['keys rotate key-9', 2, 'wrong-usage'],
      ['keys rotate bridge-1 --yes', 6, 'name-taken'],
      ['keys rotate key-9 --network none --yes', 5, 'not-found'],
    ],
    interrupted: QUESTION,
    ownFolder: true,
  },
  subscribe: {
    works: () => 'subscribe --wait-only',
    mayBeWide: JSON_MEMBER,
    fails: [['subscribe nowhere', 5, 'not-found']],
  },
  import: {
    works: () => 'import network.json --dry-run',
    fails: [
      ['import', 2, 'wrong-usage'],
      ['import /nowhere/network.csv', 2, 'wrong-usage'],
      ['import config/default.json', 1, 'import-invalid'],
    ],
  },
  export: {
    works: () => 'export',
    fails: [
      ['export --token wrong', 4, DENIED],
      ['export --output /nowhere/network.csv', 2, 'wrong-usage'],
      ['export bananas', 5, 'not-found'],
    ],
    mayBeWide: CSV,
  },
  'network history': {
    works: () => 'network history',
    fails: [
      ['network history --token wrong', 4, DENIED],
      ['network history --since soon', 2, 'wrong-usage'],
    ],
  },
  'network diff': {
    works: () => 'network diff 1',
    fails: [
      ['network diff --url http://127.0.0.1:9', 3, 'not-running'],
      ['network diff 999', 5, 'not-found'],
    ],
  },
  'network undo': {
    works: () => 'network undo --to 1 --yes',
    fails: [['network undo', 2, 'wrong-usage']],
    interrupted: QUESTION,
  },
  'charge-points list': {
    works: () => 'charge-points list',
    fails: [
      ['charge-points list --online --offline', 2, 'wrong-usage'],
      ['charge-points list --status Fauled', 2, 'bad-parameter'],
    ],
  },
  'charge-points show': {
    works: () => 'charge-points show CP-01',
    fails: [['charge-points show NOBODY', 5, 'not-found']],
  },
  'charge-points command': {
    works: () => 'charge-points command CP-01 GetConfiguration',
    mayBeWide: JSON_MEMBER,
    fails: [
      ["charge-points command CP-01 Reset '[1]'", 2, 'wrong-usage'],
      ['charge-points command CP-03 GetConfiguration', 1, undefined],
    ],
  },
  'charge-points add': {
    works: ({ next }) =>
      `charge-points add CP-${next('name')} --station kiwi-charge-hub --tariff day --connector 1:CCS2:DC:60`,
    fails: [
      ['charge-points add X --station S --tariff T --connector wrong', 2, 'wrong-usage'],
      ['charge-points add X --station S --tariff T --connector 1:CCS2:DC:60', 1, 'import-invalid'],
    ],
  },
  'charge-points move': {
    works: () => 'charge-points move CP-03 mango-power-hub',
    fails: [
      ['charge-points move CP-01', 2, 'wrong-usage'],
      ['charge-points move NOBODY mango-power-hub', 5, 'not-found'],
    ],
  },
  'charge-points withdraw': {
    works: () => 'charge-points withdraw CP-03',
    fails: [['charge-points withdraw CP-01 --token wrong', 4, DENIED]],
  },
  'charge-points restore': {
    works: () => 'charge-points restore CP-03',
    fails: [['charge-points restore CP-01 --token wrong', 4, DENIED]],
  },
  'charge-points remove': {
    works: ({ next }) => `charge-points remove ${next('point')} --yes`,
    fails: [['charge-points remove CP-01', 2, 'wrong-usage']],
    interrupted: QUESTION,
  },
  'rejected-connections list': {
    works: () => 'rejected-connections list',
    fails: [
      ['rejected-connections list --url nowhere', 2, 'wrong-usage'],
      ['rejected-connections list --since soon', 2, 'wrong-usage'],
    ],
  },
  'rejected-connections approve': {
    works: ({ next }) => `rejected-connections approve ${next('rejected')} --profile 1`,
    fails: [
      ['rejected-connections approve CP-01', 6, 'already-known'],
      ['rejected-connections approve NOBODY', 5, 'not-in-list'],
      ['rejected-connections approve NOBODY --as CP-01 --profile 1', 2, 'wrong-usage'],
    ],
    interrupted: QUESTION,
  },
  'spellings list': {
    works: () => 'spellings list',
    fails: [['spellings list --token wrong', 4, DENIED]],
  },
  'spellings remove': {
    works: ({ next }) => `spellings remove ${next('spelling')}`,
    fails: [['spellings remove nobody', 5, 'not-found']],
  },
  passwords: {
    works: ({ next }) => `passwords ${next('silentPoint')}`,
    fails: [
      ['passwords NOBODY', 5, 'unknown-charge-point'],
      ['passwords CP-01 --all', 2, 'wrong-usage'],
    ],
  },
  'orders list': {
    works: () => 'orders list',
    fails: [
      ['orders list --bad', 2, 'wrong-usage'],
      ['order list', 2, 'wrong-usage'],
      ['orders list --state charging! --limit 5', 2, 'wrong-usage'],
      ['orders list --since soon', 2, 'wrong-usage'],
      ['orders list --connector x', 2, 'bad-parameter'],
      ['orders list --url http://127.0.0.1:9', 3, 'not-running'],
      ['orders list --token wrong', 4, DENIED],
    ],
  },
  'orders show': {
    works: ({ orderId }) => `orders show ${orderId}`,
    fails: [['orders show no-such-order', 5, 'not-found']],
  },
  'orders close': {
    works: ({ next }) => `orders close ${next('startingOrder')} --by me --reason why --yes`,
    fails: [
      ['orders close X --by me --reason why', 2, 'wrong-usage'],
      ['orders close X --by me --reason why --yes', 5, 'not-found'],
    ],
    interrupted: QUESTION,
  },
  sessions: {
    works: () => 'sessions',
    fails: [['sessions --token wrong', 4, DENIED]],
  },
  'sale stop': {
    works: () => 'sale stop --charge-point CP-03 --for 2h --reason "Works on the road."',
    fails: [
      ['sale stop --reason why', 2, 'wrong-usage'],
      ['sale stop --reason why --station nowhere', 2, 'bad-parameter'],
      ['sale stop --reason why --everything --for 2h --until 2036-01-01', 2, 'wrong-usage'],
    ],
  },
  'sale list': {
    works: () => 'sale list',
    fails: [['sale list --state gone', 2, 'wrong-usage']],
  },
  'sale end': {
    works: ({ next }) => `sale end ${next('saleStop')}`,
    fails: [['sale end no-such-stop', 5, 'not-found']],
  },
  settlement: {
    works: () => 'settlement 2026-11-25',
    fails: [['settlement yesterday', 2, 'bad-parameter']],
    mayBeWide: CSV,
  },
  version: {
    works: () => 'version',
    fails: [['version now', 2, 'wrong-usage']],
    interrupted: AT_START,
  },
  completion: {
    works: () => 'completion bash',
    fails: [['completion tcsh', 2, 'wrong-usage']],
    interrupted: AT_START,
    mayBeWide: /COMPREPLY/,
  },
};
