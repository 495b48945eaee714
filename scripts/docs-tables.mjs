// Generates the tables in the documents. Names the documents that differ and exits 1; with --write it updates them. It
// also exits 1 if a table is in no document. A table is between `<!-- table:NAME -->` and `<!-- /table -->`, in
// README.md or anywhere below docs/.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { benchTable } from '../bench/table.mjs';

const root = new URL('..', import.meta.url);
const read = (path) => readFileSync(new URL(path, root), 'utf8');

/** Sources of the tables: a built module and its export. */
const FACTS = {
  configTable: ['config/loading/settings-table.js', 'configTable'],
  metricsTable: ['observe/metrics.js', 'metricsTable'],
  counterName: ['observe/metrics.js', 'counterName'],
  events: ['observe/event-table.js', 'EVENTS'],
  refusals: ['domain/model/refusal.js', 'REFUSALS'],
  nacks: ['beckn/protocol/nack-codes.js', 'NACKS'],
  callErrors: ['ocpp/frames/call-errors.js', 'ERROR_CODES'],
  callErrorSentences: ['ocpp/frames/call-errors.js', 'ERROR_DESCRIPTIONS'],
  endpoints: ['operator/endpoints.js', 'ENDPOINTS'],
  problems: ['operator/http/problem.js', 'PROBLEMS'],
  commandReference: ['operator/command-line/reference.js', 'commandReference'],
  exitCodeTable: ['operator/command-line/reference.js', 'exitCodeTable'],
  standardOptionTable: ['operator/command-line/reference.js', 'standardOptionTable'],
  findings: ['operator/findings.js', 'FINDINGS'],
  quirks: ['ocpp/quirks/registry.js', 'QUIRKS'],
  dialects: ['beckn/dialects/all.js', 'DIALECTS'],
  callbackActionOf: ['bridge/orders/effect-factory.js', 'callbackActionOf'],
  ocppActions: ['schema/validators.js', 'ocppActions'],
  ocppCheck: ['schema/validators.js', 'ocppCheck'],
};
/** The unit test of the state machine writes this file. */
const ORDER_STATES = 'test/unit/domain/decide/order-states.txt';
/** The test with the rules about imports. */
const IMPORT_RULES = 'test/architecture.test.ts';

async function fact(name) {
  const [path, exported] = FACTS[name];
  const module = await import(new URL(`dist/${path}`, root).href);
  if (module[exported] === undefined) throw new Error(`dist/${path} exports no ${exported}`);
  return module[exported];
}

/** Generators of the tables, by name. */
const TABLES = {
  config: async () => (await fact('configTable'))(),
  'network-file': () => networkFile(),
  'tariff-file': () => tariffFile(),
  metrics: async () => (await fact('metricsTable'))(),
  'log-events': async () => {
    const counterName = await fact('counterName');
    const rows = Object.entries(await fact('events')).map(([name, { level, help }]) => [
      code(name),
      level,
      code(counterName(name)),
      help,
    ]);
    return table(['Event', 'Level', 'Counted as', 'Meaning'], rows);
  },
  refusals: async () => {
    const rows = Object.entries(await fact('refusals')).map(([name, { becknCode, sentence }]) => [
      code(becknCode),
      name,
      sentence,
    ]);
    return table(['Code', 'Name', 'Sentence for the buyer app'], rows);
  },
  rejections: async () => {
    const rows = Object.entries(await fact('nacks')).map(([name, one]) => [
      one.status,
      code(one.code),
      name,
      one.message,
    ]);
    return table(['HTTP', 'Code', 'Name', 'Sentence for the sender'], rows);
  },
  errors: async () => {
    const sentences = await fact('callErrorSentences');
    const rows = Object.entries(await fact('callErrors')).map(([kind, spellings]) => [
      code(spellings['1.6']),
      code(spellings['2.0.1']),
      sentences[kind],
    ]);
    return table(['CALLERROR 1.6', '2.0.1, 2.1', 'When'], rows);
  },
  api: async () => {
    const endpoints = await fact('endpoints');
    return table(
      ['Endpoint', 'What it does', 'Scope', 'Parameters'],
      endpoints.map(({ method, path, description, scope, query = {} }) => [
        code(`${method} ${path}`),
        description,
        code(scope),
        Object.keys(query).map(code).join(', '),
      ]),
    );
  },
  'api-problems': async () => {
    const rows = Object.entries(await fact('problems')).map(([name, { status, meaning }]) => [
      status,
      code(name),
      meaning,
    ]);
    return table(['HTTP', 'Code', 'Meaning'], rows);
  },
  commands: async () => (await fact('commandReference'))(),
  'exit-codes': async () => (await fact('exitCodeTable'))(),
  'command-options': async () => (await fact('standardOptionTable'))(),
  findings: async () => {
    const rows = Object.entries(await fact('findings')).map(([name, { severity, title, remedy }]) => [
      code(name),
      severity,
      title,
      remedy,
    ]);
    return table(['Finding', 'Severity', 'What it is', 'What to do'], rows);
  },
  quirks: async () => {
    const quirks = await fact('quirks');
    const rows = quirks.map(({ name, description, source, autoDetected, labelsResults, versions }) => {
      const where = versions ? ` (${versions.join(', ')})` : '';
      return [`${code(name)}${where}`, description, autoDetected || labelsResults ? 'yes' : 'no', source];
    });
    return table(['Quirk', 'What the charger does', 'Detected', 'Seen'], rows);
  },
  dialects: async () => {
    const dialects = await fact('dialects');
    const rows = dialects.map(({ name, displayName, family, optIn }) => [
      code(name),
      `${displayName}${optIn ? ` (with ${code(`beckn.${optIn}`)})` : ''}`,
      code(`beckn-schemas/${family}`),
    ]);
    return table(['Dialect', 'Domain and version', 'Its messages'], rows);
  },
  'beckn-actions': async () => {
    const dialects = await fact('dialects');
    const callbackActionOf = await fact('callbackActionOf');
    const actions = [...new Set(dialects.flatMap((one) => [...one.actions]))];
    const rows = actions.map((action) => {
      const serving = dialects.filter((one) => one.actions.has(action));
      const who = serving.length === dialects.length ? 'all' : serving.map((one) => one.name).join(', ');
      return [code(action), code(callbackActionOf(action)), who];
    });
    return table(['Request', 'Callback', 'Dialects'], rows);
  },
  'messages-1.6': () => messages('1.6'),
  'messages-2.0.1': () => messages('2.0.1'),
  'messages-2.1': () => messages('2.1'),
  'cases-1.6': () => cases('ocpp16'),
  'cases-2.0.1': () => cases('ocpp201'),
  'may-import': () => mayImport(),
  'order-states': () => orderStates(),
  benchmarks: () => {
    const { benchmarks } = JSON.parse(read('bench/results.json'));
    return benchTable(benchmarks);
  },
  decisions: () => decisions(),
};

/** @errors Throws if a cell is undefined, because a field of its source was renamed. */
function table(head, rows) {
  if (rows.flat().some((cell) => cell === undefined || String(cell).includes('undefined'))) {
    throw new Error(`a value is missing in the table "${head.join(' | ')}"`);
  }
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function code(text) {
  return `\`${text}\``;
}

async function messages(version) {
  const ocppActions = await fact('ocppActions');
  const ocppCheck = await fact('ocppCheck');
  const [charger, centre] = version === '1.6' ? ['charge point', 'central system'] : ['charging station', 'CSMS'];
  const sender = { 'charge-point': charger, 'central-system': centre, both: 'both' };
  const rows = [...ocppActions(version)].map(([action, by]) => {
    const unanswered = ocppCheck(version, action, 'send') ? ', never answered' : '';
    return [action, `${sender[by]}${unanswered}`];
  });
  return table([`OCPP ${version} message`, 'Sent by'], rows);
}

/** Lists the conformance cases. A conformance test checks the cases against the tests in both directions. */
function cases(folder) {
  const list = read(`test/conformance/${folder}/OBLIGATIONS.txt`);
  return table(
    ['Case', 'Subject'],
    [...list.matchAll(/^(TC_\w+) (.+)$/gm)].map(([, id, title]) => [id, title]),
  );
}

const TARIFF_AT = /(^|\.)tariffs?(\.<id>)?$/;

/** Lists the settings of the network file except the tariffs, which have a table of their own. */
function networkFile() {
  return settingsTable(JSON.parse(read('config/network.schema.json')), '', (path) => TARIFF_AT.test(path));
}

function tariffFile() {
  const { properties } = JSON.parse(read('config/network.schema.json'));
  return settingsTable(properties.tariffs.additionalProperties, '', () => false);
}

function settingsTable(schema, path, isLeaf) {
  return table(['Setting', 'Default', 'Meaning'], settingsRows(schema, path, isLeaf));
}

function settingsRows(schema, path, isLeaf) {
  return Object.entries(schema.properties ?? {})
    .filter(([key]) => key !== '$schema')
    .flatMap(([key, value]) => {
      const many = value.type === 'array' && value.items?.properties !== undefined;
      const at = `${path === '' ? '' : `${path}.`}${key}${many ? '[]' : ''}`;
      const below = isLeaf(at) ? [] : settingsRows(many ? value.items : value, at, isLeaf);
      if (below.length > 0) return below;
      const needed = (schema.required ?? []).includes(key) ? '**required**' : '';
      const fallback = 'default' in value ? code(JSON.stringify(value.default)) : needed;
      const list = (word, choices) => (choices ? ` ${word} of ${choices.map(code).join(', ')}.` : '');
      const choices = list('One', value.enum) + list('Any', value.items?.enum);
      return [[code(at), fallback, `${value.description}${choices}`]];
    });
}

/** Reads the rows of MAY_IMPORT as text, because only the test runner can load a test. */
function mayImport() {
  const [, rules = ''] = /const MAY_IMPORT[^=]*= \{\n([\s\S]*?)\n\};/.exec(read(IMPORT_RULES)) ?? [];
  const rows = [...rules.matchAll(/^ {2}'?([\w/-]+)'?: \[([^\]]*)\],$/gm)].map(([, folder, allowed]) => {
    const places = [...allowed.matchAll(/'([^']+)'/g)].map(([, place]) => code(place));
    return [code(folder), places.join(', ') || 'nothing'];
  });
  if (rows.length !== [...rules.matchAll(/: \[/g)].length || rows.length === 0)
    throw new Error(`the rules in ${IMPORT_RULES} cannot be read`);
  return table(['Folder', 'May import'], rows);
}

/**
 * Lists the state machine by command. States with the same outcome share a row. Unchanged states are left out, unless
 * the command changes none.
 */
function orderStates() {
  const commands = [];
  for (const line of read(ORDER_STATES).split('\n')) {
    if (line.startsWith('  ')) {
      const [state, ...outcome] = line.trim().split(/\s+/);
      commands.at(-1).outcomes.push([state, outcome.join(' ')]);
    } else if (line !== '') commands.push({ name: line, outcomes: [] });
  }
  return table(['Command', 'In state', 'Becomes', 'Owes', 'Discrepancy'], commands.flatMap(rowsOfCommand));
}

function rowsOfCommand({ name, outcomes }) {
  const statesOf = new Map();
  for (const [state, outcome] of outcomes) {
    if (outcome !== '=') statesOf.set(outcome, [...(statesOf.get(outcome) ?? []), state]);
  }
  if (statesOf.size === 0) return [[name, 'all', 'unchanged', '', '']];
  return [...statesOf].map(([outcome, states], index) => {
    const where = states.length === outcomes.length ? 'all' : states.join(', ');
    return [index === 0 ? name : '', where, ...cellsOfOutcome(outcome)];
  });
}

function cellsOfOutcome(outcome) {
  const [next, ...rest] = outcome.split(' ');
  if (next === '-') return [`refused: ${code(rest.join(' '))}`, '', ''];
  const marked = (mark) => rest.filter((word) => word.startsWith(mark)).map((word) => word.slice(1));
  const effects = marked('+').map((effect) => {
    const [kind, callbackClass] = effect.split('/');
    return callbackClass === undefined ? code(kind) : `${code(kind)} (${callbackClass})`;
  });
  return [next === '=' ? 'unchanged' : next, effects.join(', '), marked('!').map(code).join(', ')];
}

/** Lists the decisions. Their numbers are reference links, which keeps the rows short. */
function decisions() {
  const files = readdirSync(new URL('docs/adr', root)).filter((name) => /^\d{3}-.*\.md$/.test(name));
  const known = files.sort().map((name) => {
    const text = read(`docs/adr/${name}`);
    const [, number, title] = /^# (\d{3})\. (.+)$/m.exec(text);
    const [, date] = /^Date: (\S+)$/m.exec(text);
    const [, module] = /^Module: (.+)$/m.exec(text);
    return { name, number, title, date, module };
  });
  const rows = known.map(({ number, title, date, module }) => [`[${number}]`, title, module, date]);
  const links = known.map(({ name, number }) => `[${number}]: ${name}`);
  return [table(['No.', 'Decision', 'Module', 'Date'], rows), '', ...links].join('\n');
}

const MARKED = /(<!-- table:([a-z0-9.-]+) -->)[\s\S]*?(<!-- \/table -->)/g;

function documents() {
  const below = readdirSync(new URL('docs', root), { recursive: true }).filter((path) => path.endsWith('.md'));
  return ['README.md', ...below.sort().map((path) => `docs/${path}`)];
}

async function refreshed(text) {
  const made = new Map();
  for (const [, , name] of text.matchAll(MARKED)) {
    if (!Object.hasOwn(TABLES, name)) throw new Error(`no generated table is called "${name}"`);
    made.set(name, await TABLES[name]());
  }
  const fresh = text.replace(MARKED, (_whole, open, name, close) =>
    [
      open,
      '',
      '<!-- prettier-ignore-start -->',
      '',
      made.get(name),
      '',
      '<!-- prettier-ignore-end -->',
      '',
      close,
    ].join('\n'),
  );
  return { fresh, names: [...made.keys()] };
}

const write = process.argv.includes('--write');
const placed = new Set();
const different = [];
for (const path of documents()) {
  const text = read(path);
  const { fresh, names } = await refreshed(text).catch((error) => {
    throw new Error(`${path}: ${error.message}`, { cause: error });
  });
  for (const name of names) placed.add(name);
  if (fresh === text) continue;
  different.push(path);
  if (write) writeFileSync(new URL(path, root), fresh);
}
const missing = Object.keys(TABLES).filter((name) => !placed.has(name));
if (missing.length > 0) process.stderr.write(`generated tables that no document shows: ${missing.join(', ')}\n`);
if (different.length === 0) process.stdout.write(`${placed.size} generated tables are up to date\n`);
else if (write) process.stdout.write(`wrote the generated tables of ${different.join(', ')}\n`);
else {
  process.stderr.write(
    `generated tables differ in ${different.join(', ')}; run node scripts/docs-tables.mjs --write\n`,
  );
}
process.exitCode = missing.length > 0 || (different.length > 0 && !write) ? 1 : 0;
