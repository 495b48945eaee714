// The README's tables are made from the code. Without arguments: says which differ, exit 1. With --write: writes them.
// A table stands between `<!-- table:config -->` and `<!-- /table -->`.
import { readFileSync, writeFileSync } from 'node:fs';

const root = new URL('..', import.meta.url);
const readme = new URL('README.md', root);
const from = (path) => import(new URL(`dist/${path}`, root).href);

/** Every generated table by its name. */
const TABLES = {
  config: async () => (await from('config/loading/settings-table.js')).configTable(),
  metrics: async () => (await from('observe/metrics.js')).metricsTable(),
  refusals: async () => {
    const { REFUSALS } = await from('domain/model/refusal.js');
    const rows = Object.entries(REFUSALS).map(
      ([word, { beckn, sentence }]) => `| \`${beckn}\` | ${word} | ${sentence} |`,
    );
    return ['| Code | Name | What the buyer app is told |', '| --- | --- | --- |', ...rows].join('\n');
  },
  rejections: async () => {
    const { REJECTIONS } = await from('beckn/protocol/nack-codes.js');
    const rows = Object.entries(REJECTIONS).map(
      ([word, { status, code, sentence }]) => `| ${status} | \`${code}\` | ${word} | ${sentence} |`,
    );
    return ['| HTTP | Code | Name | What the peer is told |', '| --- | --- | --- | --- |', ...rows].join('\n');
  },
  errors: async () => {
    const { ERROR_CODES, ERROR_SENTENCES } = await from('ocpp/frames/call-errors.js');
    const rows = Object.entries(ERROR_CODES).map(
      ([kind, spellings]) => `| \`${spellings['1.6']}\` | \`${spellings['2.0.1']}\` | ${ERROR_SENTENCES[kind]} |`,
    );
    return ['| CALLERROR 1.6 | 2.0.1, 2.1 | When |', '| --- | --- | --- |', ...rows].join('\n');
  },
  api: async () => {
    const { ENDPOINTS } = await from('operator/endpoints.js');
    const rows = ENDPOINTS.map(({ method, path, says }) => `| \`${method} ${path}\` | ${says} |`);
    return ['| Endpoint | What it says |', '| --- | --- |', ...rows].join('\n');
  },
  quirks: async () => {
    const { QUIRKS } = await from('ocpp/quirks/registry.js');
    const rows = QUIRKS.map(({ name, says, source, detected, labels, versions }) => {
      const where = versions ? ` (${versions.join(', ')})` : '';
      return `| \`${name}\`${where} | ${says} | ${detected || labels ? 'yes' : 'no'} | ${source} |`;
    });
    return ['| Quirk | What the charger does | Found out | Seen |', '| --- | --- | --- | --- |', ...rows].join('\n');
  },
  dialects: async () => {
    const { DIALECTS } = await from('beckn/dialects/all.js');
    const rows = DIALECTS.map(
      ({ name, speaks, family, optIn }) =>
        `| \`${name}\` | ${speaks}${optIn ? ` (with \`beckn.${optIn}\`)` : ''} | \`beckn-schemas/${family}\` |`,
    );
    return ['| Dialect | Answers to | Its messages |', '| --- | --- | --- |', ...rows].join('\n');
  },
  'beckn-actions': async () => {
    const { DIALECTS } = await from('beckn/dialects/all.js');
    const { callbackOf } = await from('bridge/callbacks/owed-responses.js');
    const actions = [...new Set(DIALECTS.flatMap((one) => [...one.actions]))];
    const rows = actions.map((action) => {
      const of = DIALECTS.filter((one) => one.actions.has(action));
      const who = of.length === DIALECTS.length ? 'all' : of.map((one) => one.name).join(', ');
      return `| \`${action}\` | \`${callbackOf(action)}\` | ${who} |`;
    });
    return ['| Request | Answer | Dialects |', '| --- | --- | --- |', ...rows].join('\n');
  },
  'messages-1.6': () => messages('1.6'),
  'messages-2.0.1': () => messages('2.0.1'),
  'messages-2.1': () => messages('2.1'),
  'cases-1.6': () => cases('ocpp16'),
  'cases-2.0.1': () => cases('ocpp201'),
};

async function messages(version) {
  const { ocppActions, ocppCheck } = await from('schema/validators.js');
  const sender = { 'charge-point': 'charge point', 'central-system': 'us', both: 'both' };
  const rows = [...ocppActions(version)].map(([action, by]) => {
    const unanswered = ocppCheck(version, action, 'send') ? ', never answered' : '';
    return `| ${action} | ${sender[by]}${unanswered} |`;
  });
  return [`| OCPP ${version} message | Sent by |`, '| --- | --- |', ...rows].join('\n');
}

/** The cases that the conformance tests name: a test there holds the list and the tests against each other. */
function cases(folder) {
  const list = readFileSync(new URL(`test/conformance/${folder}/OBLIGATIONS.txt`, root), 'utf8');
  const rows = [...list.matchAll(/^(TC_\w+) (.+)$/gm)].map(([, id, title]) => `| ${id} | ${title} |`);
  return ['| Case | What it is about |', '| --- | --- |', ...rows].join('\n');
}

const MARKED = /(<!-- table:([a-z0-9.-]+) -->)[\s\S]*?(<!-- \/table -->)/g;

let text;
try {
  text = readFileSync(readme, 'utf8');
} catch {
  process.stderr.write('There is no README.md.\n');
  process.exit(1);
}

const names = [...text.matchAll(MARKED)].map((match) => match[2]);
const made = new Map();
for (const name of new Set(names)) {
  if (!Object.hasOwn(TABLES, name)) {
    process.stderr.write(
      `README.md: there is no generated table "${name}"; known: ${Object.keys(TABLES).join(', ')}\n`,
    );
    process.exit(1);
  }
  made.set(name, await TABLES[name]());
}
const fresh = text.replace(MARKED, (_whole, open, name, close) =>
  [open, '', '<!-- prettier-ignore-start -->', '', made.get(name), '', '<!-- prettier-ignore-end -->', '', close].join(
    '\n',
  ),
);
if (fresh === text) {
  process.stdout.write(`README.md: ${names.length} generated tables are up to date\n`);
} else if (process.argv.includes('--write')) {
  writeFileSync(readme, fresh);
  process.stdout.write(`README.md: wrote ${names.length} generated tables\n`);
} else {
  process.stderr.write('README.md: generated tables differ; run node test/readme-tables.mjs --write\n');
  process.exitCode = 1;
}
