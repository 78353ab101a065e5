/** Mail by SMTP: one connection a mail, TLS beyond this machine, and what each failure means. nodemailer lives here alone. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { domainToASCII } from 'node:url';
import MailComposer from 'nodemailer/lib/mail-composer';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { MailConfig } from '../../config/types.ts';
import type { Messenger, OutgoingMessage, Sent } from '../../ports/ports.ts';
import { toLine, toVisible } from '../../shared/text/line.ts';
import { isLoopback } from '../../shared/url/loopback.ts';
import { decoded, splitUrl } from '../../shared/url/userinfo.ts';
import { MessageSocket, nameOf, TOO_LATE } from './message-socket.ts';

/**
 * A server that has taken a mail tells nobody what became of it. A mail that goes again has the same Message-ID, of which most
 * servers and programs show one.
 */
export const openMail = (config: MailConfig): Messenger => ({
  idempotent: false,
  send: (message, { timeoutMs }) => sendMail(config, message, timeoutMs),
  find: async () => ({ is: 'unknown', reason: 'a mail server does not tell what it has taken' }),
});

interface MailServer {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte on. */
  readonly secure: boolean;
  readonly user: string;
  readonly pass: string;
}

function serverOf(url: string): MailServer {
  const { scheme = 'smtp://', user = '', password = '', rest = '' } = splitUrl(url) ?? {};
  const secure = /^smtps:/i.test(scheme);
  const { hostname, port } = new URL(`smtp://${rest}`);
  const host = hostname.replace(/^\[|\]$/g, '');
  return {
    host: hostname === host ? domainToASCII(host) || host : host,
    port: Number(port) || (secure ? 465 : 587),
    secure,
    user: decoded(user),
    pass: decoded(password),
  };
}

async function sendMail(
  { url, from }: MailConfig,
  message: OutgoingMessage,
  timeoutMs: number,
): Promise<Sent> {
  const server = serverOf(url.reveal());
  const composed = compose(from, message);
  const { from: sender, to } = composed.getEnvelope();
  const bytes = await composed.build();
  const socket = new MessageSocket(server, timeoutMs);
  return new Promise((resolve) => {
    const end = (sent: Sent): void => {
      socket.cut();
      resolve(sent);
    };
    const fail = (error: unknown): void => end(sentAfter(error, socket));
    socket.onLate(end);
    socket.raw.on('error', fail);
    // Last of all: the connection may have been closed with an answer.
    socket.raw.once('close', () => setImmediate(fail, 'the connection was closed'));
    socket.raw.once('connect', () => {
      const smtp = new SMTPConnection(connectionTo(server, socket.raw, timeoutMs));
      const send = (): void =>
        smtp.send({ from: sender, to, size: bytes.length }, readOnce(bytes, socket), (error) => {
          if (error) return fail(error);
          socket.done();
          smtp.quit();
          resolve({ is: 'accepted', providerId: messageId(message.id, from) });
        });
      const { user, pass } = server;
      smtp.on('error', fail);
      smtp.connect((error) => {
        if (error) fail(error);
        else if (user === '') send();
        else smtp.login({ user, pass }, (refused) => (refused ? fail(refused) : send()));
      });
    });
  });
}

function connectionTo({ host, port, secure }: MailServer, connection: MessageSocket['raw'], limitMs: number) {
  const here = isLoopback(host);
  return {
    ...{ host, port, secure, connection, requireTLS: !secure && !here },
    // Nobody stands between this machine and itself, and its mail server mostly has a certificate of its own making.
    tls: { ...nameOf(host), rejectUnauthorized: !here },
    // One limit counts, that of the message; these come later.
    ...{ connectionTimeout: 2 * limitMs, greetingTimeout: 2 * limitMs, socketTimeout: 2 * limitMs },
  };
}

/** It is read when the server waits for it, and not before. */
const readOnce = (bytes: Buffer, socket: MessageSocket): Readable =>
  new Readable({
    read() {
      if (!socket.begin()) return void this.destroy(new Error(TOO_LATE));
      this.push(bytes);
      this.push(null);
    },
  });

function compose(from: string, { id, to, subject, text, html, incident }: OutgoingMessage) {
  // All mails of an incident answer one that was never sent: so each of them may be the first, and they stand in one thread.
  const thread = incident === null ? null : messageId(incident, from);
  return new MailComposer({
    from: { name: '', address: from },
    to: { name: '', address: to },
    subject: toLine(subject, 300),
    ...{ text, ...(html === undefined ? {} : { html }) },
    messageId: messageId(id, from),
    ...(thread === null ? {} : { inReplyTo: thread, references: thread }),
    // Nobody's absence answers it.
    headers: { 'Auto-Submitted': 'auto-generated' },
    ...{ disableFileAccess: true, disableUrlAccess: true },
  }).compile();
}

/** The id, in signs that stand in a Message-ID as they are; two ids never become one. */
function messageId(id: string, from: string): string {
  const plain = id.replace(
    /[^A-Za-z0-9._-]|^\.|\.$|\.(?=\.)/gu,
    (sign) => `=${Buffer.from(sign).toString('hex')}`,
  );
  const left = plain.length <= 200 ? plain : createHash('sha256').update(id).digest('hex');
  const domain = from.slice(from.lastIndexOf('@') + 1);
  return `<${left}@${domainToASCII(domain) || 'localhost'}>`;
}

interface SmtpFailure {
  readonly code?: string;
  readonly originalCode?: string;
  readonly command?: string;
  readonly response?: string;
  readonly responseCode?: number;
}

/** An answer counts, also to the mail itself: one that is not taken was not sent. */
function sentAfter(error: unknown, socket: MessageSocket): Sent {
  const {
    code,
    originalCode,
    command,
    response = '',
    responseCode = 0,
  }: SmtpFailure = typeof error === 'object' && error !== null ? error : {};
  if (responseCode >= 400 && responseCode < 600) {
    const said = code === 'EAUTH' ? '' : `: ${withoutAddresses(response)}`;
    const reason = `the mail server answers ${command ?? 'CONN'} with ${responseCode}${said}`;
    // A bad sequence of commands says nothing of the mail.
    return responseCode >= 500 && responseCode !== 503
      ? { is: 'refused', reason }
      : { is: 'later', reason, afterMs: waitOf(response) };
  }
  if (code === 'ESTREAM') return { is: 'later', reason: TOO_LATE, afterMs: null };
  if (code === 'EAUTH')
    return { is: 'refused', reason: 'the mail server offers no way to log in that is known' };
  if (code === 'EENVELOPE' || code === 'EMESSAGE')
    return { is: 'refused', reason: 'the mail server cannot take such an address, or a mail of this size' };
  return socket.broken(
    originalCode === undefined ? error : Object.assign(new Error(), { code: originalCode }),
  );
}

/** Who is reached where is written down nowhere else. */
const withoutAddresses = (response: string): string =>
  toVisible(response.replace(/^\d+[ -]/, '').replace(/\S+@\S+/g, '[address]'), 160);

/** Servers that let everybody wait the first time (greylisting) tell how long: `in 300 seconds`, `in 00:04:59`. */
function waitOf(response: string): number | null {
  const [, hours = '0', minutes = '0', seconds = '0'] = /\b(\d\d):(\d\d):(\d\d)\b/.exec(response) ?? [];
  const clock = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
  const [, count = '0', unit = ''] = /\b(?:in|for|after) (\d{1,5}) ?(s|m)(?:ec|in|\b)/i.exec(response) ?? [];
  const waitS = clock || Number(count) * (unit.toLowerCase() === 'm' ? 60 : 1);
  return waitS === 0 ? null : waitS * 1000;
}
