// The WebSocket of a charge point over bare TCP, so cheap that the load falls on the server under test.
import { connect } from 'node:net';

const MASKED = 0x80;
const TEXT = 0x81;
const PONG = 0x8a;
const PING_OPCODE = 9;

/** Builds a client frame. Its mask is zero, which is valid, so that digits can be overwritten in place. */
export function frame(text, first = TEXT) {
  const body = Buffer.from(text);
  const long = body.length > 125;
  const header = Buffer.alloc(long ? 8 : 6);
  header[0] = first;
  header[1] = MASKED | (long ? 126 : body.length);
  if (long) header.writeUInt16BE(body.length, 2);
  return Buffer.concat([header, body]);
}

export class ChargerConnection {
  /** Answers the CALLs of the server: `(action, payload) => answer`. */
  onCall = () => ({ status: 'Accepted' });
  /** Called for every answer while `pump` runs. */
  onAnswer = undefined;
  #waiting = new Map();
  #rest = Buffer.alloc(0);
  #socket;
  #next = 0;

  static open(url, id) {
    const { hostname, port, pathname } = new URL(url);
    const connection = new ChargerConnection();
    const socket = connect(Number(port), hostname);
    socket.setNoDelay(true);
    connection.#socket = socket;
    return new Promise((resolve, reject) => {
      socket.once('error', reject);
      socket.once('close', () => reject(new Error(`${id}: closed during the handshake`)));
      socket.once('connect', () =>
        socket.write(
          `GET ${pathname}/${id} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
            'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ocpp1.6\r\n\r\n',
        ),
      );
      socket.once('data', (chunk) => {
        const end = chunk.indexOf('\r\n\r\n');
        if (!chunk.toString('latin1', 0, 12).endsWith('101') || end < 0) reject(new Error(`${id}: ${chunk}`));
        socket.on('data', (more) => connection.#read(more));
        connection.#read(chunk.subarray(end + 4));
        resolve(connection);
      });
    });
  }

  write(bytes) {
    this.#socket.write(bytes);
  }

  call(action, payload) {
    const id = `s${this.#next++}`;
    this.write(frame(JSON.stringify([2, id, action, payload])));
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  close() {
    this.#socket.destroy();
  }

  #read(chunk) {
    let data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (;;) {
      if (data.length < 2) break;
      const long = data[1] === 126;
      const length = long ? (data.length < 4 ? Infinity : data.readUInt16BE(2)) : data[1];
      const start = long ? 4 : 2;
      if (data.length < start + length) break;
      this.#handleFrame(data[0] & 0x0f, data.subarray(start, start + length));
      data = data.subarray(start + length);
    }
    this.#rest = data;
  }

  #handleFrame(opcode, body) {
    if (opcode === PING_OPCODE) this.write(frame(body, PONG));
    if (opcode !== 1) return;
    // While `pump` runs, a `[3,…` is counted and not parsed.
    if (this.onAnswer !== undefined && body[1] === 0x33) return this.onAnswer();
    const [type, id, first, second] = JSON.parse(body.toString());
    if (type === 2) return this.write(frame(JSON.stringify([3, id, this.onCall(first, second)])));
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (type === 3) waiting?.resolve(first);
    else waiting?.reject(new Error(`CALLERROR ${first} ${second}`));
    if (type === 4 && !waiting) throw new Error(`CALLERROR ${first} ${second}`);
  }
}

export const BOOT = { chargePointVendor: 'Bench', chargePointModel: 'B1', firmwareVersion: '1.0' };

/** Opens and boots many charge points, `atOnce` at a time. */
export async function openFleet(url, ids, atOnce = 50) {
  const connections = new Array(ids.length);
  let next = 0;
  const worker = async () => {
    while (next < ids.length) {
      const index = next++;
      connections[index] = await ChargerConnection.open(url, ids[index]);
      await connections[index].call('BootNotification', BOOT);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return connections;
}
