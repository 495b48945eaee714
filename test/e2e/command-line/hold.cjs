// Preloaded into the program: holds it at startup until a signal ends it, or sends it SIGINT as soon as it prints.
const { writeSync } = require('node:fs');

if (process.env.HOLD_AT === 'start') {
  writeSync(1, 'held\n');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

if (process.env.HOLD_AT === 'result') {
  const { write } = process.stdout;
  process.stdout.write = function (...args) {
    const isFlushed = write.apply(this, args);
    // The timer keeps the process alive until the signal arrives.
    setTimeout(() => undefined, 300);
    process.kill(process.pid, 'SIGINT');
    return isFlushed;
  };
}
