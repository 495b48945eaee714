// Loaded before the program: at its end, notes whether it loaded libsodium, in the file that NOTED_IN names.
const { appendFileSync } = require('node:fs');

process.on('exit', () => {
  const isLoaded = Object.keys(require.cache).some((file) => file.includes('libsodium'));
  appendFileSync(process.env.NOTED_IN, isLoaded ? 'libsodium\n' : '');
});
