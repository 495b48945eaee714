// The baselines of the Beckn edge: a `node:http` server that reads the body, checks digest and signature, and answers
// ACK. With a callback address it also signs and posts one answer of typical size per request. It parses no body and
// stores nothing.
import { createServer } from 'node:http';
import sodium from 'libsodium-wrappers';
import { Pool } from 'undici';

const { publicKey, secretKey, callback, callbackBytes } = JSON.parse(process.argv[2]);
await sodium.ready;
const theirs = Buffer.from(publicKey, 'base64');
const ours = Buffer.from(secretKey, 'base64');
const ACK = '{"message":{"ack":{"status":"ACK"}}}';
const HEADERS = { 'Content-Type': 'application/json', 'Content-Length': ACK.length };
const answerBody = Buffer.alloc(callbackBytes, 'x');
const { origin, pathname } = callback ? new URL(callback) : {};
const pool = origin && new Pool(origin, { connections: 32 });

const digestOf = (body) => Buffer.from(sodium.crypto_generichash(64, body, null)).toString('base64');
const signed = (created, expires, body) =>
  `(created): ${created}\n(expires): ${expires}\ndigest: BLAKE-512=${digestOf(body)}`;

function verify(header, body) {
  const [, created, expires, signature] = /created="(\d+)",expires="(\d+)".*signature="([^"]+)"/.exec(header);
  return sodium.crypto_sign_verify_detached(Buffer.from(signature, 'base64'), signed(created, expires, body), theirs);
}

async function answer() {
  const created = Math.floor(Date.now() / 1000);
  const text = signed(created, created + 300, answerBody);
  const signature = Buffer.from(sodium.crypto_sign_detached(text, ours)).toString('base64');
  const authorization = `Signature keyId="a|b|ed25519",algorithm="ed25519",created="${created}",expires="${created + 300}",headers="(created) (expires) digest",signature="${signature}"`;
  const headers = { 'content-type': 'application/json', authorization };
  const { body } = await pool.request({ path: `${pathname}/on_status`, method: 'POST', headers, body: answerBody });
  await body.dump();
}

const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    if (!verify(request.headers.authorization, Buffer.concat(chunks))) return response.writeHead(401).end();
    response.writeHead(200, HEADERS).end(ACK);
    if (pool) void answer();
  });
});
server.listen(0, '127.0.0.1', () =>
  process.stdout.write(`ready beckn=http://127.0.0.1:${server.address().port}/beckn\n`),
);
