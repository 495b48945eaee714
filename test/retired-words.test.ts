/**
 * Checks that the code uses none of the words that this project once used instead of those of OCPP, Beckn, OCPI or
 * common engineering; docs/glossary.md lists the current ones. Only exact names count: prose, SQL and parts of longer
 * names are ignored.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');

const words = (text: string): string[] => text.trim().split(/\s+/);

/** Names of types, functions, variables and members. */
const IDENTIFIERS = new Set(
  words(`
    TransactionTold ConnectorTold PaymentTold ToldMarks ToldStop told tells telling tellOrder tellOrders tellStatus
    Means ChargerMeans taughtBy meansOf Course Stretch courseOfPieces openCourse stretches piecesOf
    Surroundings along besides beginStop wake wakeAt wakeState wakePayment wakeSlot Alarms alarm
    Desk ChargerDesk desk Book Scribe scribe Lanes Lane lanes laneOf Views Sweeper sweeper
    Parcel ParcelOutcome parcels insistent nudge nudgedAt horizon horizonMs answerHorizonMs quietMs
    Recipe SearchRecipe recipe Kept readKept writeKept KeptLimit keptUntil keptNow owes
    Sins Sin SinRule ChargerSins sins complaints complain Knocks Knock knock knocks adopt adopted Adoption Adopted
    Crowd CrowdLimits Doorkeeper doorkeeper Seat seat seats notedWith
    Door DoorDeps DoorOptions NetworkDoor createDoor createDoors Arrival Voice PLAIN_VOICE AnswerShape shapeFor
    Telling Told tellsEnd tellsEndBy tellNow CallbackWriter createCallbackWriter Self Conversation conversationOf
    readEcho echoed ReconciliationRow reconciliationRow WantedRow wantedRows rowsOf listRows putRow closeRow openRow
    RowKind aRow orphan orphans keepStrangeStop keepUnclaimed unsure unsureAt unsureMs unsureSince unsureReason doubt
    doubtful sure heldSamples heldByOldPlan heldWh withHeld isHeld barred bar unchanged sameWish patiently aheadMs
    without withoutCommands soften Softened soft mending Mending Mended mended mendMembers LOST
    PowerPlan PowerPlanEffect PlanCommands WantedPlan Budget budget standing planAt planAnswered planDueAt startPlan
    replanned firstPlan TidyCommands TidyEffect tidy tidies tidyPlan errand Errand ERRAND PaymentErrand PaymentWish
    NoteKind NoteRecord notes listNotes expireNotes ChargerLog ConnectorWords ConnectorStatusWord SessionEvents
    StationTransactions Starts Registers Searches Places Offers Answers Callbacks Payments PaymentIntake BuyerIntake
    ChargerIntake OutcomeMismatch Outside Presence presence ChargerSpeech orderOfTold displace superseded
    askMeter askMeterMs askStart askAgain backOnline connectorLost sessionChecked reserveAnswered reserveEnded
    limitHit limitsKept chaos chaosPoint armChaos ChaosPoint CHAOS_POINTS createChaos
    BridgeWorld createBridgeWorld LiveWorld rig Rig createRig Stage createStage Ground ground startGround World openWorld
    openDoor story tellStory heart plants Plants chance Chance behave rooms roomOf FIRST_NETWORK Peer tellsSoc
    OperatorInsight ChargerInsight beat moment anew
  `),
);

/** Kinds, log events, error codes, metrics, endpoints and stored values. */
const LITERALS = new Set(
  words(`
    transaction-told configuration-told connectors-told wake told noted barred peer.told payment.told row.opened row.closed
    charger.sinned charger.adopted charger.note-dropped door.rejected wake.fired plan.answered reserve.answered
    set-power-plan clear-power-plan power-plan plan-answered plan-refused limits-kept limit-hit reserve-ended
    reserve-answered payment-changed payment-refused ask-transaction session-checked connector-lost superseded
    orphan-transaction orphan-stop meter-hole meter-held meter-disagrees unsure unsureSince cable-held
    no-such-knock known-already password-unfit version-cannot until-new-is-used changed-repeat chaos-kill rows_open
    /api/knocks /api/knocks/:id/adopt /api/charge-points/:id/sins /api/charge-points/:id/told /api/rows
    /api/rows/:id/close bridge_charger_sinned_total bridge_payment_told_total bridge_row_opened_total
    bridge_note_dropped_total
  `),
);

/** Names of files and folders, without extensions. */
const FILES = new Set(
  words(`
    desk book scribe lanes alarms sweeper chaos views adopted knocks sins crowd throttle link edge door doors
    answer-shape staleness writer telling soften normalise mending mend-values meant invited connect readable
    told told-marks told-match starts registers strange-stop unclaimed-transactions station-transactions session-events
    session-check connector-words charger-means charger-log boot-answers quarantines plan-commands
    cost-commands cable-commands tidy-commands buyer-intake charger-intake rating-intake came-meanwhile owing answers
    searches search-words places offers find-site numbered means course session-course plan base paid-until terms
    price-words tariff-model statement draft decide-buyer decide-begin decide-session decide-charger
    decide-answers decide-slot decide-payment settle-payment decide-wake provisional ends deferred change without
    insight wire-settings chaos-run rig stage stage-2 ground world door-setup open-door stories utils common
    helpers misc types
  `),
);

const tracked = execFileSync('git', ['ls-files', 'src', 'test', 'bench', 'scripts'], { cwd: ROOT, encoding: 'utf8' })
  .split('\n')
  .filter((path) => /\.(ts|mts|mjs)$/.test(path) && path !== 'test/retired-words.test.ts');

interface Names {
  readonly identifiers: ReadonlySet<string>;
  readonly literals: ReadonlySet<string>;
}

const parsed = new Map<string, Names>();

/** Returns the names in a file. Each file is parsed once. */
function namesIn(path: string): Names {
  let names = parsed.get(path);
  if (!names) parsed.set(path, (names = parse(path)));
  return names;
}

function parse(path: string): Names {
  const text = readFileSync(resolve(ROOT, path), 'utf8');
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest);
  const identifiers = new Set<string>();
  const literals = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) || ts.isPrivateIdentifier(node)) identifiers.add(node.text.replace(/^#/, ''));
    else if (ts.isStringLiteralLike(node)) literals.add(node.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return { identifiers, literals };
}

function found(retired: ReadonlySet<string>, kind: 'identifiers' | 'literals'): string[] {
  return tracked.flatMap((path) =>
    [...namesIn(path)[kind]].filter((name) => retired.has(name)).map((name) => `${path}: ${name}`),
  );
}

describe('retired words', () => {
  it('are looked for in all code', () => {
    expect(tracked.length).toBeGreaterThan(600);
    expect(namesIn('src/domain/decide/decide.ts').identifiers.has('decide')).toBe(true);
  });

  it('name nothing in the code', () => expect(found(IDENTIFIERS, 'identifiers')).toEqual([]));

  it('are no kind, event, metric, endpoint or stored value', () => expect(found(LITERALS, 'literals')).toEqual([]));

  it('name no file or folder', () => {
    const parts = tracked.flatMap((path) => path.split('/').map((part) => basename(part).replace(/\..*$/, '')));
    expect([...new Set(parts)].filter((part) => FILES.has(part))).toEqual([]);
  });
});
