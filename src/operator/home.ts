/** The page at `/`: plain HTML, no script and no style, until there is a console. */
import { ENDPOINTS } from './endpoints.js';

export function homePage(): string {
  const rows = ENDPOINTS.map(({ method, path, says }) => `<li><code>${method} ${path}</code> ${says}</li>`);
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>beckn-ocpp-bridge</title></head>
<body>
<h1>beckn-ocpp-bridge</h1>
<p>This is the operator's side. A console comes later; everything it will show is here already.</p>
<ul>
<li><a href="/health/live">/health/live</a> The process turns.</li>
<li><a href="/health/ready">/health/ready</a> It can take work, or why it cannot.</li>
<li><a href="/metrics">/metrics</a> Numbers for Prometheus.</li>
<li><a href="/api">/api</a> The index of the API, as JSON.</li>
</ul>
<p>These need the operator's token:</p>
<ul>
${rows.join('\n')}
</ul>
</body>
</html>
`;
}
