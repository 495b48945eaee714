// Loaded before the program. At its end, records in the file NOTED_IN whether the program loaded libsodium.
const { appendFileSync } = require('node:fs');

process.on('exit', () => {
  const isLoaded = Object.keys(require.cache).some((file) => file.includes('libsodium'));
  appendFileSync(process.env.NOTED_IN, isLoaded ? 'libsodium\n' : '');
});
