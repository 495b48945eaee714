// Starts processes: the measured ones on the first core and their load on the others, if the machine supports pinning
// and the benchmark wants it.
import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const localPath = (file) => fileURLToPath(new URL(file, import.meta.url));
const cores = availableParallelism();
const canPin = cores > 1 && spawnSync('taskset', ['-c', '0', 'true']).status === 0;
const PIN = { server: '0', load: `1-${cores - 1}` };
const running = new Set();
const profiles = process.env.BENCH_PROFILE;

export const pinning = canPin ? 'server on core 0, load on the others' : 'not pinned';

/**
 * Starts the measured process. Resolves after its first line of output, which reports that it is ready.
 * @param probed Without the probe, no CPU, memory or delay figures and no profiles are available.
 */
export async function startServer(file, args = [], { nodeArgs = [], pinned = true, probed = true } = {}) {
  const probe = probed ? ['--import', new URL('probe.mjs', import.meta.url).href] : [];
  const child = start(pinned ? 'server' : 'free', [...probe, ...nodeArgs, file, ...args]);
  const ready = await firstLine(child, file);
  const ask = (request) =>
    new Promise((resolve) => {
      const listen = (answer) => {
        if (answer?.request !== request) return;
        child.off('message', listen);
        resolve(answer);
      };
      child.on('message', listen);
      child.send(request);
    });
  return {
    ready,
    /** Returns the CPU seconds used so far. */
    cpu: async () => (await ask('cpu')).seconds,
    /** Returns the memory in bytes, after a garbage collection if the process has --expose-gc. */
    memory: () => ask('memory'),
    /** Returns the longest delay of the event loop and its 99.9th percentile while `work` runs, in ms. */
    async delayDuring(work) {
      await ask('delay');
      await work();
      return ask('delay-end');
    },
    /** Runs `work`. With BENCH_PROFILE=FOLDER it writes a CPU profile of the server to that folder. */
    async during(name, work) {
      if (!profiles) return work();
      await ask('profile');
      const result = await work();
      const { profile } = await ask('profile-end');
      writeFileSync(join(profiles, `${name}.cpuprofile`), JSON.stringify(profile));
      return result;
    },
    stop: () => end(child),
  };
}

/** Starts a process that creates load. `ask(task, details)` resolves with its answer. */
export async function startLoad(file, details = {}) {
  const child = start('load', [localPath(file), JSON.stringify(details)]);
  let answered = () => {};
  let failed = () => {};
  child.on('message', (answer) => ('problem' in answer ? failed(new Error(answer.problem)) : answered(answer)));
  child.on('exit', () => failed(new Error(`${file} ended too early`)));
  const next = () =>
    new Promise((resolve, reject) => {
      [answered, failed] = [resolve, reject];
    });
  const ready = await next();
  return {
    ready,
    ask(task, details = {}) {
      const answer = next();
      child.send({ task, ...details });
      return answer;
    },
    stop: () => end(child),
  };
}

function start(role, args) {
  const command = [process.execPath, ...args];
  if (canPin && role !== 'free') command.unshift('taskset', '-c', PIN[role]);
  const child = spawn(command[0], command.slice(1), { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

function firstLine(child, file) {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')));
    });
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code} before it was ready`)));
  });
}

function end(child) {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', resolve);
    child.kill('SIGKILL');
  });
}

process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
