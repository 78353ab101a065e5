import { execFile } from 'node:child_process';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { openMail } from '../../../src/drivers/messages/mail.ts';
import type { Sent } from '../../../src/ports/ports.ts';
import { Secret } from '../../../src/shared/secret.ts';
import { certificateFor, type Certificate } from '../../support/services/certificate.ts';
import { startMailBox, type MailBox } from '../../support/services/smtp.ts';
import { tempFolder } from '../../support/temp.ts';

const program = join(import.meta.dirname, '../../support/services/send-messages.ts');

/** In a process that trusts this certificate beside the usual ones; null: no other. */
async function send(trusted: Certificate | null, ...urls: string[]): Promise<Sent[]> {
  const env = { ...process.env, ...(trusted === null ? {} : { NODE_EXTRA_CA_CERTS: trusted.file }) };
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', program, ...urls], {
    env,
  });
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Sent);
}

/** It leads to this machine, and is no address of the loopback: what counts for other machines counts for it. */
const far = '0.0.0.0';

describe('messages by TLS', function () {
  this.timeout(60_000);
  const folder = tempFolder();
  const ends: (() => Promise<unknown>)[] = [];
  let own: Certificate;
  let others: Certificate;
  before(() => {
    own = certificateFor(folder(), `IP:${far}`);
    others = certificateFor(folder(), 'DNS:mail.example.org', 'other');
  });
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
  });
  const box = async (...options: Parameters<typeof startMailBox>): Promise<MailBox> => {
    const started = await startMailBox(...options);
    ends.push(started.stop);
    return started;
  };

  it('go by STARTTLS, and from the first byte on, to a mail server whose certificate is trusted', async () => {
    const starttls = await box({ ...own, authOptional: false });
    const secure = await box({ ...own, authOptional: false, secure: true });
    const sent = await send(
      own,
      `smtp://ann:s%40fe%2Fword@${far}:${starttls.port}`,
      `smtps://ann:s%40fe%2Fword@${far}:${secure.port}`,
    );
    expect(sent.map(({ is }) => is)).to.deep.equal(['accepted', 'accepted']);
    for (const { mails, logins } of [starttls, secure]) {
      expect(mails.map((mail) => mail.secure)).to.deep.equal([true]);
      expect(logins).to.deep.equal(['ann:s@fe/word']);
    }
  });

  it('do not go, and no password either, where the certificate is not trusted or of another name', async () => {
    const untrusted = await box(own);
    const elsewhere = await box(others);
    const secure = await box({ ...own, secure: true });
    const login = 'ann:s%40fe%2Fword@';
    const sent = [
      ...(await send(
        null,
        `smtp://${login}${far}:${untrusted.port}`,
        `smtps://${login}${far}:${secure.port}`,
      )),
      ...(await send(others, `smtp://${login}${far}:${elsewhere.port}`)),
    ];
    expect(sent).to.deep.equal([
      { is: 'refused', reason: 'its certificate is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT)' },
      { is: 'refused', reason: 'its certificate is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT)' },
      { is: 'refused', reason: 'its certificate is not trusted (ERR_TLS_CERT_ALTNAME_INVALID)' },
    ]);
    for (const { mails, logins } of [untrusted, secure, elsewhere])
      expect({ mails, logins }).to.deep.equal({ mails: [], logins: [] });
  });

  it('do not go in the clear to a mail server of another machine that offers no STARTTLS', async () => {
    const { port, mails, logins } = await box();
    const [sent] = await send(null, `smtp://ann:s%40fe%2Fword@${far}:${port}`);
    expect(sent).to.include({ is: 'refused' });
    expect(JSON.stringify(sent)).to.include('STARTTLS');
    expect({ mails, logins }).to.deep.equal({ mails: [], logins: [] });
  });

  it('go to the mail server of this machine with whatever certificate it has', async () => {
    const { port, mails } = await box(others);
    const mail = openMail({ url: new Secret(`smtp://127.0.0.1:${port}`), from: 'canopy@example.org' });
    const message = { id: 'n-a', visible: 'n-a', to: 'ann@example.org', incident: null };
    const sent = await mail.send({ ...message, subject: 'hello', text: 'hello' }, { timeoutMs: 10_000 });
    expect(sent).to.include({ is: 'accepted' });
    expect(mails.map(({ secure }) => secure)).to.deep.equal([true]);
  });

  it('go to a webhook whose certificate is trusted, and to no other', async () => {
    const posted: string[] = [];
    const server = createServer(own, (request, response) => {
      posted.push(request.url ?? '');
      response.end('ok');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ends.push(() => new Promise((resolve) => server.close(resolve)));
    const { port } = server.address() as AddressInfo;
    expect(await send(own, `https://${far}:${port}/a`)).to.deep.equal([
      { is: 'accepted', providerId: 'n-abcdefgh' },
    ]);
    expect(await send(null, `https://${far}:${port}/b`)).to.deep.equal([
      { is: 'refused', reason: 'its certificate is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT)' },
    ]);
    expect(posted).to.deep.equal(['/a']);
  });
});
