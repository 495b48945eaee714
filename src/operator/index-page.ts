/** Renders the page at `/`, which lists the endpoints and uses no scripts. */
import { ENDPOINTS } from './endpoints.js';

export const STYLE = `
:root { color-scheme: light dark; --ink: #1b2733; --soft: #5a6b7b; --line: #dfe5ea; --back: #fff; --link: #0b62b8 }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #93a4b3; --line: #2a343d; --back: #10161c; --link: #6cb2ff } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 54rem; margin: 3rem auto; padding: 0 1rem; color: var(--ink); background: var(--back) }
h1 { font-size: 1.4rem } h2 { font-size: 1.05rem; margin-top: 2rem }
table { border-collapse: collapse; width: 100% } td { border-top: 1px solid var(--line); padding: .45rem .5rem .45rem 0; vertical-align: top }
td:first-child { white-space: nowrap; padding-right: 1.5rem } code, pre { font: .9em ui-monospace, monospace }
pre { overflow-x: auto; padding: .8rem 1rem; border: 1px solid var(--line); border-radius: .4rem } p, td:last-child { color: var(--soft) } a { color: var(--link) }
`;

const PUBLIC_ENDPOINTS: readonly (readonly [string, string])[] = [
  ['/health/live', 'The process runs.'],
  ['/health/ready', 'Whether it accepts work, and why not.'],
  ['/metrics', 'Metrics for Prometheus.'],
  ['/api', 'The index of the API, as JSON.'],
  ['/api/openapi.json', 'The API in OpenAPI 3.1.'],
];

export function indexPage(): string {
  const open = PUBLIC_ENDPOINTS.map(
    ([path, description]) => `<tr><td><a href="${path}"><code>${path}</code></a></td><td>${description}</td></tr>`,
  );
  const guarded = ENDPOINTS.map(
    ({ method, path, description }) =>
      `<tr><td><code>${method} ${path}</code></td><td>${escapeHtml(description)}</td></tr>`,
  );
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>beckn-ocpp-bridge</title><link rel="stylesheet" href="/style.css"></head>
<body>
<h1>beckn-ocpp-bridge: operator</h1>
<p>This listener serves health, metrics and the operator API.</p>
<h2>Without a token</h2>
<table>${open.join('\n')}</table>
<h2>With the operator token</h2>
<pre>curl -s -H "authorization: Bearer $(cat operator-token)" \\
     http://this-host/api/orders</pre>
<table>${guarded.join('\n')}</table>
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
