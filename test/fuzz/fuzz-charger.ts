/** A charger that sends frames in batches and reports the missing answers after each batch. */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { ocppActions } from '../../src/schema/validators.js';
import type { SeededRandom } from '../simulation/runtime/seeded-random.js';
import { expectedAnswerOcppJ, expectedAnswerEnvelope, readServerFrame } from './expected.js';
import type { FuzzFrame } from './frames.js';

export interface ConnectionMode {
  readonly version: Parameters<typeof ocppActions>[0];
  readonly protocols: readonly string[];
  readonly dialect: 'auto' | 'ocpp-j' | 'envelope';
  readonly strict: boolean;
}

const BATCH = 100;
const YIELD_EVERY = 5;
/** Binary frames sent on one socket: fewer than the fifty that close it. */
const BINARIES = 40;
const PATIENCE_MS = 30_000;

export class FuzzCharger {
  answered = 0;
  private socket: WebSocket | undefined;
  private binaries = 0;
  private closing = false;
  private readonly pendingAnswers = new Map<string, number>();
  private arrived: (() => void) | undefined;

  constructor(
    private readonly url: string,
    private readonly mode: ConnectionMode,
    private readonly nextFrame: () => FuzzFrame,
    private readonly random: SeededRandom,
    private readonly problems: string[],
  ) {}

  private get usesEnvelope(): boolean {
    return this.mode.dialect === 'envelope';
  }

  async open(): Promise<void> {
    const socket = new WebSocket(this.url, [...this.mode.protocols], { perMessageDeflate: false });
    this.socket = socket;
    this.closing = false;
    socket.on('message', (data: Buffer) => this.receive(data.toString()));
    socket.on('error', (error) => this.problems.push(`${this.url}: ${error.message}`));
    socket.on('close', (code) => {
      if (!this.closing) this.problems.push(`${this.url}: the socket was closed with ${code}`);
      this.arrived?.();
    });
    await once(socket, 'open');
    await this.settle('BootNotification', this.mode.version === '1.6' ? BOOT_16 : BOOT_2);
  }

  async sendFrames(count: number): Promise<void> {
    for (let sent = 0; sent < count && this.socket?.readyState === WebSocket.OPEN;) {
      for (let n = 0; n < BATCH && sent < count; n += 1, sent += 1) {
        this.send(this.nextFrame());
        // The chargers share the event loop with the product, so they yield to keep their part of the measured delay small.
        if (n % YIELD_EVERY === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      if (this.binaries < BINARIES && this.random.happens(0.2)) {
        this.binaries += 1;
        this.socket.send(Buffer.from([1, 2, 3]), { binary: true });
      }
      // Calls are answered in the order of arrival, so this answer completes all earlier ones.
      await this.settle('Heartbeat', {});
      for (const [id, times] of this.pendingAnswers)
        if (times > 0) this.problems.push(`${this.url}: no answer to ${id}`);
      this.pendingAnswers.clear();
      if (this.random.happens(0.02)) await this.sendOversized();
    }
  }

  async close(): Promise<void> {
    this.closing = true;
    if (!this.socket || this.socket.readyState === WebSocket.CLOSED) return;
    this.socket.close();
    await once(this.socket, 'close');
  }

  private send({ data }: FuzzFrame): void {
    const text = data.toString();
    const id = (this.usesEnvelope ? expectedAnswerEnvelope : expectedAnswerOcppJ)(text);
    if (id !== undefined) this.pendingAnswers.set(id, (this.pendingAnswers.get(id) ?? 0) + 1);
    this.socket?.send(data, { binary: false });
  }

  /** Sends a valid CALL and waits for its answer. */
  private async settle(action: string, payload: object): Promise<void> {
    const messageId = `settle-${this.random.uuid().slice(0, 8)}`;
    const key = JSON.stringify(messageId);
    this.pendingAnswers.set(key, 1);
    const answered = new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), PATIENCE_MS);
      this.arrived = () => {
        if ((this.pendingAnswers.get(key) ?? 0) > 0 && this.socket?.readyState === WebSocket.OPEN) return;
        clearTimeout(timer);
        resolve(true);
      };
    });
    const frame = this.usesEnvelope ? { messageId, action, payload } : [2, messageId, action, payload];
    this.socket?.send(JSON.stringify(frame));
    if (!(await answered)) this.problems.push(`${this.url}: ${action} was not answered in ${PATIENCE_MS} ms`);
  }

  private receive(text: string): void {
    const message = readServerFrame(text);
    if ('answeredId' in message) {
      this.answered += 1;
      this.pendingAnswers.set(message.answeredId, (this.pendingAnswers.get(message.answeredId) ?? 0) - 1);
      this.arrived?.();
      return;
    }
    const status = this.random.pick(['Accepted', 'Rejected', 'accepted', '', null, 7, {}]);
    const { callId } = message;
    const answer = this.usesEnvelope ? { messageId: callId, status, payload: { status } } : [3, callId, { status }];
    if (this.random.happens(0.8)) this.socket?.send(JSON.stringify(answer));
  }

  /**
   * Sends a frame above the size limit, then connects again. No other frame may close the socket; this one closes it
   * with 1009.
   */
  private async sendOversized(): Promise<void> {
    const socket = this.socket;
    if (!socket) return;
    this.closing = true;
    socket.send('x'.repeat(70_000));
    const [code] = (await once(socket, 'close')) as [number];
    if (code !== 1009) this.problems.push(`${this.url}: a frame above the size limit closed the socket with ${code}`);
    this.binaries = 0;
    await this.open();
  }
}

const BOOT_16 = { chargePointVendor: 'V', chargePointModel: 'M' };
const BOOT_2 = { reason: 'PowerUp', chargingStation: { vendorName: 'V', model: 'M' } };
