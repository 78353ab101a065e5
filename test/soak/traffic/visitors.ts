/** The visitors of the soak. Each visit resolves with null, or with what was wrong with it. */
import { createHash, randomBytes } from 'node:crypto';
import { Agent, request, type ClientRequest, type IncomingMessage } from 'node:http';
import { createConnection } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { material } from '../../support/http/upstream.ts';
import type { Chance } from '../random.ts';

export interface Ground {
  readonly port: number;
  readonly chance: Chance;
  /** Bytes of the largest transfer. */
  readonly largest: number;
}
export type Visit = (ground: Ground) => Promise<string | null>;

const kept = new Agent({ keepAlive: true, maxSockets: 16 });
const big = new Agent({ keepAlive: true, maxSockets: 4 });

/** Ends the connections that are kept. */
export function leave(): void {
  kept.destroy();
  big.destroy();
}

export const visits: Readonly<Record<string, Visit>> = {
  async small({ port, chance }) {
    const path = `/small/${chance.int(1, 1000)}`;
    const answer = await ask(request({ ...at(port), path, agent: kept }));
    return told(answer, `GET ${path}\n`, await textOf(answer));
  },

  /** Up and down again, through the router twice. */
  async transfer({ port, chance, largest }) {
    const size = chance.hit(0.2) ? largest : chance.int(1, 1 << 20);
    const sent = createHash('sha256');
    const got = createHash('sha256');
    const chunked = chance.hit(0.5);
    const headers = chunked ? {} : { 'content-length': size };
    const req = request({ ...at(port), path: '/echo', method: 'POST', headers, agent: big });
    const answered = ask(req);
    // Its failure is told by the answer that does not come.
    const sending = pipeline(Readable.from(parts(size, chance.int(0, 1000), sent)), req).catch(
      () => undefined,
    );
    const answer = await answered;
    let length = 0;
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      length += chunk.length;
      got.update(chunk);
    }
    await sending;
    if (answer.statusCode !== 200) return `status ${answer.statusCode}`;
    return length === size && sent.digest('hex') === got.digest('hex')
      ? null
      : `${length} of ${size} bytes, or others`;
  },

  async slowReader({ port, chance }) {
    const n = chance.int(200_000, 2_000_000);
    const answer = await ask(request({ ...at(port), path: `/bytes?n=${n}`, agent: false }));
    const hash = createHash('sha256');
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      hash.update(chunk);
      await sleep(5);
    }
    const wanted = createHash('sha256').update(material.subarray(0, n)).digest('hex');
    return hash.digest('hex') === wanted ? null : 'a slow reader got other bytes';
  },

  /** Goes away in the middle: nothing can be wrong with it, but what it leaves behind. */
  async abort({ port, chance }) {
    const up = chance.hit(0.5);
    const req = up
      ? request({ ...at(port), path: '/echo', method: 'POST', agent: false })
      : request({ ...at(port), path: '/bytes?n=4000000', agent: false });
    req.on('error', () => undefined).on('response', (answer) => answer.on('error', () => undefined).resume());
    if (up) req.write(material.subarray(0, 300_000));
    else req.end();
    await sleep(chance.int(0, 30));
    req.destroy();
    return null;
  },

  async events({ port, chance }) {
    const answer = await ask(request({ ...at(port), path: '/events', agent: false }));
    const until = performance.now() + chance.int(100, 2000);
    let text = '';
    const listen = async (): Promise<void> => {
      for await (const chunk of answer as AsyncIterable<Buffer>) {
        text += chunk.toString();
        if (performance.now() > until) return;
      }
    };
    // A stream of an instance that is drained may end; what has come must be right all the same.
    await listen().catch(() => undefined);
    const ids = [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
    return ids.every((id, index) => id === index) ? null : `events ${ids.slice(0, 10).join(' ')}`;
  },

  async webSocket({ port, chance }) {
    const frames = Array.from({ length: chance.int(1, 40) }, () => frame(chance.int(0, 125)));
    const sent = Buffer.concat(frames);
    const got = await new Promise<Buffer>((resolve) => {
      const socket = createConnection({ port, host: '127.0.0.1' });
      let bytes = Buffer.alloc(0);
      let head = true;
      socket.write(
        `GET /echo HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-key: ${randomBytes(16).toString('base64')}\r\nsec-websocket-version: 13\r\n\r\n`,
      );
      socket.setTimeout(20_000, () => socket.destroy());
      socket.on('data', (chunk: Buffer) => {
        bytes = Buffer.concat([bytes, chunk]);
        const end = bytes.indexOf('\r\n\r\n');
        if (head && end >= 0) {
          head = false;
          if (!bytes.toString('latin1').startsWith('HTTP/1.1 101')) return socket.destroy();
          bytes = bytes.subarray(end + 4);
          socket.write(sent);
        }
        if (!head && bytes.length >= sent.length) socket.destroy();
      });
      socket
        .on('error', () => socket.destroy())
        .once('close', () => resolve(head ? Buffer.from('no') : bytes));
    });
    if (got.equals(sent)) return null;
    // An instance that is drained: what came is a beginning, and a close frame may stand behind it.
    const other = sent.findIndex((byte, index) => got[index] !== byte);
    const same = other < 0 ? sent.length : other;
    return same === got.length || got[same] === 0x88 ? null : `a WebSocket got other bytes at ${same}`;
  },
};

const at = (port: number): { host: string; port: number; timeout: number } => ({
  ...{ host: '127.0.0.1', port, timeout: 60_000 },
});

function ask(req: ClientRequest): Promise<IncomingMessage> {
  req.once('timeout', () => req.destroy(new Error('no answer for a minute')));
  const answered = new Promise<IncomingMessage>((resolve, reject) =>
    req.once('response', resolve).on('error', reject),
  );
  if (req.method === 'GET') req.end();
  return answered;
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of answer as AsyncIterable<Buffer>) text += chunk.toString();
  return text;
}

const told = (answer: IncomingMessage, wanted: string, got: string): string | null =>
  answer.statusCode === 200 && got === wanted ? null : `status ${answer.statusCode}: ${got.slice(0, 80)}`;

function* parts(size: number, offset: number, hash: ReturnType<typeof createHash>): Generator<Buffer> {
  for (let done = 0; done < size;) {
    const from = (offset + done) % (material.length - 65_536);
    const part = material.subarray(from, from + Math.min(65_536, size - done));
    done += part.length;
    hash.update(part);
    yield part;
  }
}

/** A binary frame as a client sends it. */
function frame(length: number): Buffer {
  return Buffer.concat([Buffer.from([0x82, 0x80 | length, 0, 0, 0, 0]), randomBytes(length)]);
}
