/** Upgrades (WebSocket): the handshake by HTTP, then bytes both ways until either side is gone. In flight all the while. */
import { request, STATUS_CODES, type ClientRequest, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { RETRY_AFTER } from './answer.ts';
import { countAnswer } from './counters.ts';
import type { Fleet, Member } from './fleet.ts';
import { isGone } from './health.ts';

export interface Handshake {
  readonly path: string;
  readonly headers: readonly string[];
  readonly upgrade: string;
}

/** Opens the tunnel; an instance that cannot be reached is replaced once. */
export function tunnel(
  fleet: Fleet,
  asked: Handshake,
  req: IncomingMessage,
  client: Duplex,
  head: Buffer,
): void {
  const member = fleet.pick();
  if (member === null) {
    refuse(client, 503, '503 no instance is healthy');
    return;
  }
  knock(fleet, member, asked, req, client, head, true);
}

function knock(
  fleet: Fleet,
  member: Member,
  asked: Handshake,
  req: IncomingMessage,
  client: Duplex,
  head: Buffer,
  mayRetry: boolean,
): void {
  const since = performance.now();
  let status = 0;
  let over = false;
  const leave = (): void => {
    if (over) return;
    over = true;
    if (status === 0 && client.destroyed) member.counters.aborted += 1;
    else countAnswer(member.counters, status, (performance.now() - since) / 1000);
    fleet.leave(member);
  };
  const out = open(member, asked);
  const onGone = (): void => {
    out.destroy();
    leave();
  };
  client.once('close', onGone);
  client.on('error', onGone);

  out.once('upgrade', (answer, server, first) => {
    status = 101;
    client.off('close', onGone);
    client.write(
      headOf(answer, ['connection', 'Upgrade', 'upgrade', answer.headers.upgrade ?? asked.upgrade]),
    );
    if (first.length > 0) client.write(first);
    if (head.length > 0) server.write(head);
    join(client, server, leave);
  });
  out.once('response', (answer) => {
    status = answer.statusCode ?? 502;
    client.write(headOf(answer, ['connection', 'close']));
    answer.once('end', leave).once('close', () => {
      leave();
      if (!answer.complete) client.destroy();
    });
    answer.pipe(client);
  });
  let failed = false;
  out.on('error', (error: NodeJS.ErrnoException) => {
    if (failed) return;
    failed = true;
    client.off('close', onGone).off('error', onGone);
    if (client.destroyed || status !== 0) {
      leave();
      client.destroy();
      return;
    }
    if (isGone(error.code ?? '') && error.syscall === 'connect') fleet.ejected(member);
    const next = mayRetry ? fleet.another(member, false) : null;
    if (next === null) {
      leave();
      refuse(client, 502, '502 the instance did not answer');
      return;
    }
    member.counters.retried += 1;
    over = true;
    fleet.leave(member);
    knock(fleet, next, asked, req, client, head, false);
  });
  out.end();
}

function open(member: Member, asked: Handshake): ClientRequest {
  const headers = [...asked.headers, 'connection', 'Upgrade', 'upgrade', asked.upgrade];
  const { host, port } = member.upstream;
  const out = request({ host, port, path: asked.path, method: 'GET', agent: false, headers });
  out.setTimeout(60_000, () => {
    if (out.socket?.bytesRead === 0) out.destroy(new Error('no answer to the upgrade'));
  });
  return out;
}

/** Bytes both ways. An end is passed on; a close without an end closes the other side too. */
function join(client: Duplex, server: Duplex, leave: () => void): void {
  let closed = 0;
  for (const [one, other] of [
    [client, server],
    [server, client],
  ] as const) {
    one.pipe(other);
    one.on('error', () => other.destroy());
    one.once('close', () => {
      closed += 1;
      // What was already read is still delivered; a side that was cut is cut on the other side too.
      if (one.readableEnded) other.end(() => other.destroy());
      else other.destroy();
      if (closed === 2) leave();
    });
  }
}

function headOf(answer: IncomingMessage, own: readonly string[]): string {
  const status = answer.statusCode ?? 502;
  const lines = [`HTTP/1.1 ${status} ${answer.statusMessage ?? STATUS_CODES[status] ?? ''}`];
  const skip = new Set([
    'connection',
    'upgrade',
    'keep-alive',
    'transfer-encoding',
    'proxy-connection',
    'trailer',
  ]);
  for (let i = 0; i < answer.rawHeaders.length; i += 2) {
    if (!skip.has((answer.rawHeaders[i] ?? '').toLowerCase()))
      lines.push(`${answer.rawHeaders[i]}: ${answer.rawHeaders[i + 1]}`);
  }
  for (let i = 0; i < own.length; i += 2) lines.push(`${own[i]}: ${own[i + 1]}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

export function refuse(client: Duplex, status: number, text: string): void {
  const body = `${text}\n`;
  const retry = status === 503 ? `retry-after: ${RETRY_AFTER}\r\n` : '';
  client.on('error', () => client.destroy());
  client.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${retry}connection: close\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
