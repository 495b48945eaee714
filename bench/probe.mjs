// Loaded into every measured process with --import, so that ours and the baselines are read in the same way.
// Answers over the parent's channel and does nothing until asked.
import { Session } from 'node:inspector';

let session;

process.on('message', (asked) => {
  if (asked === 'cpu') {
    const { user, system } = process.cpuUsage();
    process.send?.({ asked, seconds: (user + system) / 1e6 });
  }
  if (asked === 'memory') {
    globalThis.gc?.();
    globalThis.gc?.();
    const { rss, heapUsed } = process.memoryUsage();
    process.send?.({ asked, rss, heapUsed });
  }
  if (asked === 'profile') {
    session ??= new Session();
    session.connect();
    session.post('Profiler.enable');
    session.post('Profiler.start');
    process.send?.({ asked });
  }
  if (asked === 'profile-end') {
    session.post('Profiler.stop', (_error, { profile }) => process.send?.({ asked, profile }));
    session.disconnect();
  }
});
