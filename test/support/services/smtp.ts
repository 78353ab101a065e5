/** Mail servers of tests: a whole one, and one that says what a script says. */
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { simpleParser, type ParsedMail } from 'mailparser';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

export interface MailBox {
  readonly port: number;
  readonly mails: readonly ReceivedMail[];
  /** Log-ins that were tried, as `user:password`. */
  readonly logins: readonly string[];
  stop(): Promise<void>;
}

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly secure: boolean;
  readonly source: string;
  readonly parsed: ParsedMail;
}

/** Takes `ann:s%40fe/word` alone where one has to log in. `answer`: what it says to the addresses that begin so. */
export async function startMailBox(
  options: SMTPServerOptions & {
    readonly answers?: Readonly<Record<string, readonly [number, string]>>;
  } = {},
  host = '127.0.0.1',
): Promise<MailBox> {
  const mails: ReceivedMail[] = [];
  const logins: string[] = [];
  const answerTo = (word: string): Error | null => {
    const found = options.answers?.[word];
    return found === undefined ? null : Object.assign(new Error(found[1]), { responseCode: found[0] });
  };
  const server = new SMTPServer({
    authOptional: true,
    // TLS where a test has a certificate alone.
    ...(options.key === undefined ? { disabledCommands: ['STARTTLS'], allowInsecureAuth: true } : {}),
    onAuth({ username, password }, _, done) {
      logins.push(`${username ?? ''}:${password ?? ''}`);
      if (username === 'ann' && password === 's@fe/word') done(null, { user: username });
      else done(Object.assign(new Error('Invalid login s@fe'), { responseCode: 535 }));
    },
    onRcptTo({ address }, _, done) {
      done(answerTo(address.split('@')[0] ?? ''));
    },
    onData(stream, session, done) {
      void text(stream).then(async (source) => {
        const refused = answerTo('data');
        const { mailFrom, rcptTo } = session.envelope;
        const from = mailFrom === false ? '' : mailFrom.address;
        const to = rcptTo.map(({ address }) => address);
        if (refused === null)
          mails.push({ from, to, secure: session.secure, source, parsed: await simpleParser(source) });
        done(refused);
      });
    },
    ...options,
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.server.address() as AddressInfo;
  const stop = (): Promise<void> => new Promise((resolve) => server.close(() => resolve()));
  return { port, mails, logins, stop };
}

/**
 * Speaks SMTP up to the word at which something else happens: `GREETING`, `EHLO`, `MAIL`, `RCPT`, `DATA`, or `.` when the whole mail
 * was read.
 */
export async function startMailScript(at: string, then: (socket: Socket) => void) {
  const heard: string[] = [];
  let reached = false;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    const say = (word: string, line: string): void =>
      void (word === at ? turn() : socket.write(`${line}\r\n`));
    const turn = (): void => {
      reached = true;
      then(socket);
    };
    let inData = false;
    let left = '';
    say('GREETING', '220 mail.example.org ESMTP');
    socket.on('data', (chunk) => {
      const lines = (left + chunk.toString()).split('\r\n');
      left = lines.pop() ?? '';
      for (const line of lines) {
        const word = inData ? (line === '.' ? '.' : '') : line.slice(0, 4).toUpperCase();
        heard.push(word === '' ? line : word);
        if (word === '') continue;
        inData = word === 'DATA' && at !== 'DATA';
        say(word, word === 'DATA' ? '354 go on' : word === 'QUIT' ? '221 bye' : '250 ok');
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    heard,
    reached: (): boolean => reached,
    stop: (): void => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
