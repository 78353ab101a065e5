/** Upgrades (WebSocket): the handshake by HTTP, then bytes both ways until either side is gone. In flight all the while. */
import { request, STATUS_CODES, type ClientRequest, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { RETRY_AFTER } from './answer.ts';
import { countAnswer } from '../fleet/counters.ts';
import type { Fleet, Member } from '../fleet/fleet.ts';
import { faultOf } from '../fleet/fault.ts';
import { isForced } from '../pick/pick.ts';
import { Link } from './link.ts';
import type { Watch } from './watch.ts';

export interface Handshake {
  readonly path: string;
  readonly headers: readonly string[];
  readonly upgrade: string;
  /** Of its client: see pick.ts. */
  readonly place: number;
}

/** Opens the tunnel; an instance that cannot be reached is replaced once. */
export function tunnel(
  fleet: Fleet,
  watch: Watch,
  asked: Handshake,
  req: IncomingMessage,
  client: Duplex,
  head: Buffer,
): void {
  const member = fleet.pick(asked.place);
  if (member === null) {
    refuse(client, 503, '503 no instance is healthy');
    return;
  }
  knock(fleet, watch, member, asked, req, client, head, true);
}

function knock(
  fleet: Fleet,
  watch: Watch,
  member: Member,
  asked: Handshake,
  req: IncomingMessage,
  client: Duplex,
  head: Buffer,
  mayRetry: boolean,
): void {
  const since = performance.now();
  const counters = isForced(asked.place) ? member.forced : member.counters;
  let status = 0;
  let over = false;
  const leave = (): void => {
    if (over) return;
    over = true;
    if (status === 0 && client.destroyed) counters.aborted += 1;
    else countAnswer(counters, status, status === 101 ? null : (performance.now() - since) / 1000);
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
    fleet.answered(member, status);
    client.off('close', onGone);
    client.write(
      headOf(answer, ['connection', 'Upgrade', 'upgrade', answer.headers.upgrade ?? asked.upgrade]),
    );
    const link = new Link(member, client, server, () => {
      watch.unsettle(link);
      leave();
    });
    watch.settle(link);
    link.open(first, head);
  });
  out.once('response', (answer) => {
    status = answer.statusCode ?? 502;
    fleet.answered(member, status);
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
    const fault = faultOf(error.code ?? '', error.syscall !== 'connect');
    if (fault === 'gone') fleet.ejected(member);
    else if (fault === 'failed') fleet.failed(member);
    const next = mayRetry ? fleet.another(member, false) : null;
    if (next === null) {
      leave();
      refuse(client, 502, '502 the instance did not answer');
      return;
    }
    counters.retried += 1;
    over = true;
    fleet.leave(member);
    knock(fleet, watch, next, asked, req, client, head, false);
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
