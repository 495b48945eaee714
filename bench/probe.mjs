// Loaded into every measured process with --import, so that ours and the baselines are read in the same way.
// Answers over the parent's channel and does nothing until asked.
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
  if (asked === 'leave') process.exit(0); // --cpu-prof writes its file at the exit
});
