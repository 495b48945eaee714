// Builds after `npm ci`, unless the installation has no compiler (`npm ci --omit=dev`).
let compiler;
try {
  compiler = import.meta.resolve('typescript');
} catch {
  // Nothing to build with.
}
if (compiler) await import('./build.mjs');
