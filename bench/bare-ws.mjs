// The baseline of the socket edge: a `ws` server that parses and answers every frame. It validates and stores nothing.
import { WebSocketServer } from 'ws';

const ANSWERS = {
  BootNotification: () => ({ status: 'Accepted', currentTime: new Date().toISOString(), interval: 300 }),
  Heartbeat: () => ({ currentTime: new Date().toISOString() }),
};

const server = new WebSocketServer(
  { host: '127.0.0.1', port: 0, perMessageDeflate: false, clientTracking: false, skipUTF8Validation: true },
  () => process.stdout.write(`ready ocpp=ws://127.0.0.1:${server.address().port}/ocpp\n`),
);
server.on('connection', (socket) => {
  socket.on('message', onMessage);
});

function onMessage(data) {
  const [, id, action] = JSON.parse(data.toString());
  this.send(JSON.stringify([3, id, ANSWERS[action]?.() ?? {}]));
}
