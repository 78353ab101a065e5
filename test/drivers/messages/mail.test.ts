import type { Socket } from 'node:net';
import { expect } from 'chai';
import { openMail } from '../../../src/drivers/messages/mail.ts';
import type { OutgoingMessage } from '../../../src/ports/ports.ts';
import { Secret } from '../../../src/shared/secret.ts';
import { startMailBox, startMailScript, type MailBox } from '../../support/services/smtp.ts';
import { untilReached } from '../../support/until-reached.ts';
import { freePort } from '../../support/temp.ts';

const message: OutgoingMessage = {
  id: 'i-abcdefgh.2.0.ann.mail',
  visible: 'i-abcdefgh.2',
  to: 'ann@example.org',
  subject: '[shop] critical: Größe 🔥 שלום',
  text: 'site-down: Größe\n.\n..dots\n',
  html: '<p>site-down: Größe</p>',
  incident: 'i-abcdefgh',
};
const limit = { timeoutMs: 5000 };
const open = (port: number, { login = '', from = 'canopy@example.org', scheme = 'smtp' } = {}) =>
  openMail({ url: new Secret(`${scheme}://${login}127.0.0.1:${port}`), from });

describe('mail', () => {
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
  });
  const box = async (...options: Parameters<typeof startMailBox>): Promise<MailBox> => {
    const started = await startMailBox(...options);
    ends.push(started.stop);
    return started;
  };
  const script = async (at: string, then: (socket: Socket) => void) => {
    const started = await startMailScript(at, then);
    ends.push(started.stop);
    return started;
  };

  it('arrives as text and HTML, with a Message-ID made of its id, in the thread of its incident', async () => {
    const { port, mails } = await box();
    const sent = await open(port).send(message, limit);
    expect(sent).to.deep.equal({ is: 'accepted', providerId: '<i-abcdefgh.2.0.ann.mail@example.org>' });
    expect(mails).to.have.length(1);
    const { from, to, parsed, source } = mails[0]!;
    expect({ from, to }).to.deep.equal({ from: 'canopy@example.org', to: ['ann@example.org'] });
    expect(parsed.subject).to.equal(message.subject);
    expect(parsed.text).to.equal(message.text);
    expect(parsed.html).to.equal(message.html);
    expect(parsed).to.include({
      messageId: '<i-abcdefgh.2.0.ann.mail@example.org>',
      inReplyTo: '<i-abcdefgh@example.org>',
      references: '<i-abcdefgh@example.org>',
    });
    expect(parsed.headers.get('auto-submitted')).to.equal('auto-generated');
    expect(Math.abs((parsed.date?.getTime() ?? 0) - Date.now())).to.be.below(60_000);
    expect(source).to.match(/^[\x00-\x7f]*$/);
  });

  it('of no incident is in no thread, and may have text alone', async () => {
    const { port, mails } = await box();
    const { html: _, ...plain } = { ...message, id: 'n-abcdefgh', incident: null };
    expect(await open(port).send(plain, limit)).to.include({ is: 'accepted' });
    const { parsed } = mails[0]!;
    expect(parsed).to.include({ messageId: '<n-abcdefgh@example.org>', html: false });
    expect(parsed).to.not.have.any.keys('inReplyTo', 'references');
  });

  it('has an own Message-ID for each id, of signs that stand there as they are', async () => {
    const { port, mails } = await box();
    const ids = [
      'a..b',
      'a.b',
      '.a',
      'a.',
      'a=2eb',
      'Größe',
      'a b>\r\nX: y',
      'x'.repeat(400),
      'x'.repeat(399),
    ];
    for (const id of ids)
      expect(await open(port).send({ ...message, id }, limit)).to.include({ is: 'accepted' });
    const found = mails.map(({ parsed }) => parsed.messageId ?? '');
    expect(new Set(found).size).to.equal(ids.length);
    for (const one of found) expect(one).to.match(/^<[\w=-]+(\.[\w=-]+)*@example\.org>$/);
  });

  it('has no header and no reader that somebody has written into a name', async () => {
    const { port, mails } = await box();
    const subject = 'a\r\nBcc: eve@example.org\r\n\r\nhello\u2028\u0000';
    expect(await open(port).send({ ...message, subject }, limit)).to.include({ is: 'accepted' });
    expect(mails[0]?.to).to.deep.equal(['ann@example.org']);
    expect(mails[0]?.parsed.headers.has('bcc')).to.equal(false);
    expect(mails[0]?.parsed.text).to.equal(message.text);
    for (const written of [
      'a@example.org\r\nBcc: eve@example.org',
      'a@example.org>\r\nRCPT TO:<eve@example.org',
    ])
      for (const [from, to] of [
        [written, message.to],
        ['canopy@example.org', written],
      ] as const) {
        await open(port, { from }).send({ ...message, to }, limit);
        for (const { to: readers, parsed } of mails) {
          expect(readers.join()).to.not.include('eve');
          expect(parsed.headers.has('bcc')).to.equal(false);
        }
      }
  });

  it('logs in with the user and the password of the URL, as they are meant', async () => {
    const { port, mails, logins } = await box({ authOptional: false });
    expect(await open(port, { login: 'ann:s%40fe%2Fword@' }).send(message, limit)).to.include({
      is: 'accepted',
    });
    expect(logins).to.deep.equal(['ann:s@fe/word']);
    expect(mails).to.have.length(1);
  });

  it('with a wrong password is refused, and the password is not told', async () => {
    const { port } = await box({ authOptional: false });
    const sent = await open(port, { login: 'ann:s%40fe@' }).send(message, limit);
    expect(sent).to.deep.equal({ is: 'refused', reason: 'the mail server answers AUTH PLAIN with 535' });
  });

  it('without a needed login is refused', async () => {
    const { port } = await box({ authOptional: false });
    expect(await open(port).send(message, limit)).to.include({ is: 'refused' });
  });

  for (const [title, answers, wanted] of [
    [
      'to nobody is refused, and no address is told',
      { ann: [550, 'no user ann@example.org here'] },
      { is: 'refused', reason: 'the mail server answers RCPT TO with 550: no user [address] here' },
    ],
    [
      'to somebody who is greylisted goes later, when the server says',
      { ann: [451, 'Greylisted, try again in 300 seconds'] },
      {
        is: 'later',
        reason: 'the mail server answers RCPT TO with 451: Greylisted, try again in 300 seconds',
        afterMs: 300_000,
      },
    ],
    [
      'to a full server goes later',
      { data: [452, 'no space'] },
      { is: 'later', reason: 'the mail server answers DATA with 452: no space', afterMs: null },
    ],
    [
      'that is taken for spam after it was read is refused',
      { data: [554, 'spam'] },
      { is: 'refused', reason: 'the mail server answers DATA with 554: spam' },
    ],
  ] as const)
    it(title, async () => {
      const { port, mails } = await box({ answers });
      expect(await open(port).send(message, limit)).to.deep.equal(wanted);
      expect(mails).to.deep.equal([]);
    });

  it('greater than the server takes is refused', async () => {
    const { port } = await box({ size: 200 });
    expect(await open(port).send(message, limit)).to.include({ is: 'refused' });
  });

  const reset = (socket: Socket): void => void socket.resetAndDestroy();
  const bye = (socket: Socket): void => void socket.end('421 4.3.2 shutting down\r\n');
  const nothing = (): void => undefined;
  for (const [at, before] of [
    ['GREETING', true],
    ['EHLO', true],
    ['MAIL', true],
    ['RCPT', true],
    ['DATA', true],
    ['.', false],
  ] as const) {
    const where = before
      ? `at ${at} goes later: it was surely not sent`
      : 'after the mail may have been sent';
    const is = before ? 'later' : 'uncertain';
    it(`whose connection is reset ${where}`, async () => {
      const { port } = await script(at, reset);
      expect(await open(port).send(message, limit)).to.include({ is });
    });

    it(`whose server says nothing any more ${where}`, async () => {
      const { port, reached } = await script(at, nothing);
      const sent = await untilReached(reached, (limitMs) => open(port).send(message, { timeoutMs: limitMs }));
      expect(sent).to.include({ is });
      expect(JSON.stringify(sent)).to.include('no answer within ');
    });

    it(`whose server goes away at ${at} with a word goes later`, async () => {
      const { port } = await script(at, bye);
      expect(await open(port).send(message, limit)).to.include({ is: 'later' });
    });
  }

  it('to what is no mail server goes later', async () => {
    const { port } = await script('GREETING', (socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect(await open(port).send(message, limit)).to.include({ is: 'later' });
  });

  it('that nobody serves goes later, and no address is told', async () => {
    expect(await open(await freePort()).send(message, limit)).to.deep.equal({
      ...{ is: 'later', reason: 'connection refused', afterMs: null },
    });
  });

  it('is not written once its time is over, also by a process that was stopped', async () => {
    let limitMs = 0;
    // Server and sender are one process: both are stopped here.
    const { port, heard, reached } = await script('DATA', (socket) => {
      const until = Date.now() + limitMs;
      while (Date.now() < until);
      socket.write('354 go on\r\n');
    });
    const sent = await untilReached(reached, (timeoutMs) => {
      limitMs = timeoutMs;
      return open(port).send(message, { timeoutMs });
    });
    expect(sent).to.include({ is: 'later' });
    expect(heard.filter((word) => !['EHLO', 'MAIL', 'RCPT', 'DATA'].includes(word))).to.deep.equal([]);
  });

  it('cannot be asked what became of it', async () => {
    const found = await open(1).find({
      id: message.id,
      visible: message.visible,
      to: message.to,
      notBefore: 0,
    });
    expect(found).to.include({ is: 'unknown' });
    expect(open(1).idempotent).to.equal(false);
  });
});
