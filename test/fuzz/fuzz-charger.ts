/** One charger's socket that shoots in volleys, and counts what it is owed after each. */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { ocppActions } from '../../src/schema/validators.js';
import type { Chance } from '../simulation/seeded-random.js';
import { owedInArrays, owedInObjects, read } from './expected.js';
import type { Shot } from './frames.js';

export interface Way {
  readonly version: Parameters<typeof ocppActions>[0];
  readonly protocols: readonly string[];
  readonly dialect: 'auto' | 'ocpp-j' | 'envelope';
  readonly strict: boolean;
}

const VOLLEY = 100;
const BREATH = 5;
/** Binary frames of one socket that the product must bear; the fiftieth closes it. */
const BINARIES = 40;
const PATIENCE_MS = 30_000;

export class FuzzCharger {
  answered = 0;
  private socket: WebSocket | undefined;
  private binaries = 0;
  private closing = false;
  private readonly owed = new Map<string, number>();
  private arrived: (() => void) | undefined;

  constructor(
    private readonly url: string,
    private readonly way: Way,
    private readonly next: () => Shot,
    private readonly chance: Chance,
    private readonly complaints: string[],
  ) {}

  private get inObjects(): boolean {
    return this.way.dialect === 'envelope';
  }

  async open(): Promise<void> {
    const socket = new WebSocket(this.url, [...this.way.protocols], { perMessageDeflate: false });
    this.socket = socket;
    this.closing = false;
    socket.on('message', (data: Buffer) => this.hear(data.toString()));
    socket.on('error', (error) => this.complaints.push(`${this.url}: ${error.message}`));
    socket.on('close', (code) => {
      if (!this.closing) this.complaints.push(`${this.url}: the socket was closed with ${code}`);
      this.arrived?.();
    });
    await once(socket, 'open');
    await this.settle('BootNotification', this.way.version === '1.6' ? BOOT_16 : BOOT_2);
  }

  async shoot(count: number): Promise<void> {
    for (let sent = 0; sent < count && this.socket?.readyState === WebSocket.OPEN;) {
      for (let n = 0; n < VOLLEY && sent < count; n += 1, sent += 1) {
        this.send(this.next());
        // The event loop is shared: what is measured of it should be the product's part.
        if (n % BREATH === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      if (this.binaries < BINARIES && this.chance.happens(0.2)) {
        this.binaries += 1;
        this.socket.send(Buffer.from([1, 2, 3]), { binary: true });
      }
      // Answered in the order of arrival: after this one nothing is owed any more.
      await this.settle('Heartbeat', {});
      for (const [id, times] of this.owed) if (times > 0) this.complaints.push(`${this.url}: no answer to ${id}`);
      this.owed.clear();
      if (this.chance.happens(0.02)) await this.tooLong();
    }
  }

  async close(): Promise<void> {
    this.closing = true;
    if (!this.socket || this.socket.readyState === WebSocket.CLOSED) return;
    this.socket.close();
    await once(this.socket, 'close');
  }

  private send({ data }: Shot): void {
    const text = data.toString();
    const id = (this.inObjects ? owedInObjects : owedInArrays)(text);
    if (id !== undefined) this.owed.set(id, (this.owed.get(id) ?? 0) + 1);
    this.socket?.send(data, { binary: false });
  }

  /** Sends a sound CALL and waits for its answer. */
  private async settle(action: string, payload: object): Promise<void> {
    const messageId = `settle-${this.chance.uuid().slice(0, 8)}`;
    const key = JSON.stringify(messageId);
    this.owed.set(key, 1);
    const answered = new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), PATIENCE_MS);
      this.arrived = () => {
        if ((this.owed.get(key) ?? 0) > 0 && this.socket?.readyState === WebSocket.OPEN) return;
        clearTimeout(timer);
        resolve(true);
      };
    });
    const frame = this.inObjects ? { messageId, action, payload } : [2, messageId, action, payload];
    this.socket?.send(JSON.stringify(frame));
    if (!(await answered)) this.complaints.push(`${this.url}: ${action} was not answered in ${PATIENCE_MS} ms`);
  }

  private hear(text: string): void {
    const heard = read(text);
    if ('answers' in heard) {
      this.answered += 1;
      this.owed.set(heard.answers, (this.owed.get(heard.answers) ?? 0) - 1);
      this.arrived?.();
      return;
    }
    const status = this.chance.pick(['Accepted', 'Rejected', 'accepted', '', null, 7, {}]);
    const { asks } = heard;
    const answer = this.inObjects ? { messageId: asks, status, payload: { status } } : [3, asks, { status }];
    if (this.chance.happens(0.8)) this.socket?.send(JSON.stringify(answer));
  }

  /** Above the cap: the one frame that may cost the socket, with 1009. */
  private async tooLong(): Promise<void> {
    const socket = this.socket;
    if (!socket) return;
    this.closing = true;
    socket.send('x'.repeat(70_000));
    const [code] = (await once(socket, 'close')) as [number];
    if (code !== 1009) this.complaints.push(`${this.url}: a frame above the cap closed with ${code}`);
    this.binaries = 0;
    await this.open();
  }
}

const BOOT_16 = { chargePointVendor: 'V', chargePointModel: 'M' };
const BOOT_2 = { reason: 'PowerUp', chargingStation: { vendorName: 'V', model: 'M' } };
