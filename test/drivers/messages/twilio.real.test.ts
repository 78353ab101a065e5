import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import type { TwilioConfig } from '../../../src/config/types.ts';
import { isSigned, openCalls, openSms, repliesFrom } from '../../../src/drivers/messages/twilio.ts';
import type { Found, Messenger } from '../../../src/ports/ports.ts';
import { Secret } from '../../../src/shared/secret.ts';
import { freePort } from '../../support/free-port.ts';
import { spokenIn } from '../../support/twilio/spoken.ts';
import { startTwilio, type TwilioMode, type TwilioStandIn } from '../../support/twilio/stand-in.ts';
import { ann, limit, message, ours, sought } from './outgoing.ts';

describe('calls and SMS by Twilio', () => {
  let twilio: TwilioStandIn;
  beforeEach(async () => {
    twilio = await startTwilio();
  });
  afterEach(async () => {
    expect(twilio.wrong, 'what the real one would refuse').to.deep.equal([]);
    await twilio.close();
  });
  const config = (more: Partial<TwilioConfig> = {}): TwilioConfig => ({
    ...{
      account: twilio.account,
      token: new Secret(twilio.token),
      from: ours,
      url: twilio.url,
      callback: null,
    },
    ...more,
  });
  const kinds: [string, (of: TwilioConfig) => Messenger, () => readonly { readonly sid: string }[]][] = [
    ['a call', openCalls, () => twilio.calls],
    ['an SMS', openSms, () => twilio.sms],
  ];

  /** What a request came to, and whether something was made of it. */
  const ends: [TwilioMode, string, number][] = [
    ['accept', 'accepted', 1],
    ['accept-and-reset', 'uncertain', 1],
    ['accept-and-hang', 'uncertain', 1],
    ['accept-and-500', 'uncertain', 1],
    ['accept-and-garbage', 'uncertain', 1],
    ['reset', 'uncertain', 0],
    ['hang', 'uncertain', 0],
    ['500', 'uncertain', 0],
    ['429', 'later', 0],
    ['refuse', 'refused', 0],
  ];
  for (const [kind, open, taken] of kinds)
    for (const [mode, is, count] of ends)
      it(`${kind}, and the provider does: ${mode}`, async () => {
        twilio.mode(mode);
        const messenger = open(config());
        const notBefore = Date.now();
        const sent = await messenger.send(message(), limit(/hang/.test(mode) ? 1500 : undefined));
        expect(sent.is, JSON.stringify(sent)).to.equal(is);
        expect(taken()).to.have.length(count);
        const found = await messenger.find(sought(notBefore));
        const own: Found = { is: 'sent', providerId: taken()[0]?.sid ?? '', outcome: 'accepted' };
        expect(found).to.deep.equal(count === 1 ? own : { is: 'absent' });
        if (sent.is === 'accepted') expect(sent.providerId).to.equal(taken()[0]?.sid);
      });

  it('says what the provider says, and when to ask again', async () => {
    twilio.mode('refuse');
    expect(await openSms(config()).send(message(), limit())).to.deep.equal({
      ...{ is: 'refused', reason: "Invalid 'To' Phone Number (21211)" },
    });
    twilio.mode('429');
    expect(await openSms(config()).send(message(), limit())).to.deep.equal({
      ...{ is: 'later', reason: 'Too Many Requests (20429)', afterMs: 2000 },
    });
    const wrong = config({ token: new Secret('another') });
    expect(await openSms(wrong).send(message(), limit())).to.deep.equal({
      ...{ is: 'refused', reason: 'Authenticate (20003)' },
    });
    expect(await openSms(wrong).find(sought(0))).to.deep.equal({
      is: 'unknown',
      reason: 'Authenticate (20003)',
    });
  });

  it('is not sent where nobody listens, and to a name that nobody has', async () => {
    for (const url of [`http://127.0.0.1:${await freePort()}`, 'http://no-such-host.invalid']) {
      const sent = await openSms(config({ url })).send(message(), limit());
      expect(sent.is, JSON.stringify(sent)).to.equal('later');
      expect((await openSms(config({ url })).find(sought(0))).is).to.equal('unknown');
    }
  });

  it('follows no redirect: the token goes nowhere else', async () => {
    let other: Server | null = null;
    const heard: string[] = [];
    try {
      other = createServer((request, response) => {
        heard.push(request.url ?? '');
        response.writeHead(307, { location: `${twilio.url}/2010-04-01/Accounts/x/Messages.json` }).end();
      });
      await new Promise<void>((resolve) => other?.listen(0, '127.0.0.1', resolve));
      const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
      expect((await openSms(config({ url })).send(message(), limit())).is).to.equal('refused');
      expect(heard).to.have.length(1);
    } finally {
      other?.close();
    }
  });

  it('is not mistaken for one before it, nor for one of another text', async () => {
    const [calls, sms] = [openCalls(config()), openSms(config())];
    await calls.send(message(), limit());
    await sms.send(message({ text: 'i-abcdefgh.2.1 again' }), limit());
    await sms.send(message({ text: 'xi-abcdefgh.2 i-abcdefgh.2-3 i-abcdefgh.22' }), limit());
    const notBefore = Date.now();
    expect((await calls.find(sought(notBefore - 1000))).is).to.equal('sent');
    expect(await calls.find(sought(notBefore + 5000))).to.deep.equal({ is: 'absent' });
    expect(await sms.find(sought(0))).to.deep.equal({ is: 'absent' });
    expect(await calls.find(sought(0, { to: '+491700000009' }))).to.deep.equal({ is: 'absent' });
    await sms.send(message({ text: 'ends with i-abcdefgh.2.' }), limit());
    expect((await sms.find(sought(0))).is).to.equal('sent');
  });

  it('is found though their clock is an hour off', async () => {
    for (const aheadMs of [-3_600_000, 3_600_000]) {
      twilio.aheadMs = aheadMs;
      const before = twilio.calls.length;
      twilio.mode('accept-and-reset');
      const notBefore = Date.now();
      await openCalls(config()).send(message(), limit());
      const found = await openCalls(config()).find(sought(notBefore));
      expect(found).to.deep.include({ is: 'sent', providerId: twilio.calls[before]?.sid });
    }
  });

  it('tells what has become of it', async () => {
    const notBefore = Date.now();
    await openCalls(config()).send(message(), limit());
    await openSms(config()).send(message(), limit());
    const ended: [Messenger, { status: string } | undefined, string[]][] = [
      [
        openCalls(config()),
        twilio.calls[0],
        ['ringing accepted', 'in-progress answered', 'completed answered', 'no-answer failed', 'busy failed'],
      ],
      [
        openSms(config()),
        twilio.sms[0],
        ['sent accepted', 'delivered delivered', 'undelivered failed', 'failed failed'],
      ],
    ];
    for (const [messenger, taken, pairs] of ended)
      for (const [status = '', outcome] of pairs.map((pair) => pair.split(' '))) {
        if (taken !== undefined) taken.status = status;
        expect(await messenger.find(sought(notBefore)), status).to.deep.include({ is: 'sent', outcome });
      }
  });

  it('speaks the text twice, whatever stands in it', async () => {
    const text = 'site & "router" <down> …  ä 🔥 \n since 22:00';
    await openCalls(config()).send(message({ text }), limit());
    const [call] = twilio.calls;
    expect(spokenIn(call?.params.get('Twiml') ?? '')).to.deep.equal([text, text].map((one) => one.trim()));
    await openSms(config()).send(message({ text }), limit());
    expect(twilio.sms[0]?.params.get('Body')).to.equal(text);
  });

  it('asks for a key only where it can be heard, and hears it signed', async () => {
    const heard: { url: string; signature: string; body: string }[] = [];
    const watch = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        heard.push({
          url: request.url ?? '',
          signature: String(request.headers['x-twilio-signature']),
          body,
        });
        response.end('<Response/>');
      });
    });
    await new Promise<void>((resolve) => watch.listen(0, '127.0.0.1', resolve));
    const callback = `http://127.0.0.1:${(watch.address() as AddressInfo).port}`;
    try {
      await openCalls(config({ callback })).send(message({ keys: true }), limit());
      await openCalls(config()).send(message({ keys: true }), limit());
      await openCalls(config({ callback })).send(message(), limit());
      const [asking, unheard, plain] = twilio.calls;
      if (asking === undefined || unheard === undefined || plain === undefined) throw new Error('no calls');
      expect(spokenIn(asking.params.get('Twiml') ?? '')).to.have.length(2);
      for (const call of [unheard, plain])
        expect(await twilio.press(call, '1').catch((error: Error) => error.message)).to.equal(
          'the call asks for no key',
        );
      expect(await twilio.press(asking, '1')).to.deep.equal({ status: 200, body: '<Response/>' });
      const [{ url, signature, body } = { url: '', signature: '', body: '' }] = heard;
      expect(url).to.equal('/twilio/gather?incident=i-abcdefgh&message=i-abcdefgh.2.0.ann.sms');
      const params = Object.fromEntries(new URLSearchParams(body));
      expect(params).to.include({ Digits: '1', To: ann, From: ours, CallSid: asking.sid });
      expect(isSigned(config(), signature, callback + url, params)).to.equal(true);
      expect(isSigned(config(), signature, callback + url, { ...params, Digits: '2' })).to.equal(false);
      expect(isSigned(config(), signature, `${callback}${url}x`, params)).to.equal(false);
      expect(isSigned(config({ token: new Secret('t') }), signature, callback + url, params)).to.equal(false);
      for (const forged of ['', 'undefined', 'a'.repeat(28), '🔥'])
        expect(isSigned(config(), forged, callback + url, params), forged).to.equal(false);
    } finally {
      watch.close();
    }
  });

  it('knows what somebody has answered by SMS', async () => {
    await openSms(config()).send(message(), limit());
    await twilio.reply(ann, ours, 'ack i-abcdefgh');
    await twilio.reply('+491700000009', ours, 'ack i-abcdefgh');
    await twilio.reply(ann, ours, 'Danke 🔥');
    const replies = await repliesFrom(config(), ann);
    expect(replies.map(({ text }) => text)).to.deep.equal(['Danke 🔥', 'ack i-abcdefgh']);
    expect(replies.map(({ id }) => id)).to.deep.equal(
      twilio.sms
        .filter(({ from }) => from === ann)
        .map(({ sid }) => sid)
        .toReversed(),
    );
  });
});
