// Loaded with --import into each process whose CPU, memory or event loop is measured, so that ours and the baselines
// are measured the same way. It answers requests over the channel of the parent process and is idle otherwise.
import { Session } from 'node:inspector';
import { monitorEventLoopDelay } from 'node:perf_hooks';

let session;
let delays;

process.on('message', (request) => {
  if (request === 'cpu') {
    const { user, system } = process.cpuUsage();
    process.send?.({ request, seconds: (user + system) / 1e6 });
  }
  if (request === 'memory') {
    globalThis.gc?.();
    globalThis.gc?.();
    const { rss, heapUsed } = process.memoryUsage();
    process.send?.({ request, rss, heapUsed });
  }
  if (request === 'delay') {
    delays = monitorEventLoopDelay({ resolution: 1 });
    delays.enable();
    process.send?.({ request });
  }
  if (request === 'delay-end') {
    delays.disable();
    // Nanoseconds to milliseconds, minus the timer's own resolution of 1 ms.
    process.send?.({ request, maxMs: delays.max / 1e6 - 1, p999Ms: delays.percentile(99.9) / 1e6 - 1 });
  }
  if (request === 'profile') {
    session ??= new Session();
    session.connect();
    session.post('Profiler.enable');
    session.post('Profiler.start');
    process.send?.({ request });
  }
  if (request === 'profile-end') {
    session.post('Profiler.stop', (_error, { profile }) => process.send?.({ request, profile }));
    session.disconnect();
  }
});
