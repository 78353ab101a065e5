import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import type { ProbeResult } from '../../src/probes/kinds/check.ts';
import { needs } from '../support/needs.ts';
import { tempFolder } from '../support/temp.ts';

const run = promisify(execFile);

describe('a target that shows a certificate', function () {
  this.timeout(60_000);
  before(needs('openssl'));
  const folder = tempFolder();
  const servers: Server[] = [];
  const at = (name: string): string => join(folder(), name);
  const openssl = (...words: string[]): void => void execFileSync('openssl', words, { stdio: 'pipe' });
  /** By an authority of its own, for `localhost` alone. */
  const sign = (name: string, names: string, days: string[]): void => {
    openssl(
      'req',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      at(`${name}.key`),
      '-out',
      at(`${name}.csr`),
      '-subj',
      `/CN=${name}`,
    );
    writeFileSync(at(`${name}.ext`), `subjectAltName=${names}\n`);
    openssl(
      'x509',
      '-req',
      '-in',
      at(`${name}.csr`),
      '-CA',
      at('ca.pem'),
      '-CAkey',
      at('ca.key'),
      '-CAcreateserial',
      '-out',
      at(`${name}.pem`),
      '-extfile',
      at(`${name}.ext`),
      ...days,
    );
  };
  before(() => {
    openssl(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      at('ca.key'),
      '-out',
      at('ca.pem'),
      '-days',
      '30',
      '-subj',
      '/CN=authority',
    );
    sign('good', 'DNS:localhost,IP:127.0.0.1', ['-days', '20']);
    sign('other', 'DNS:other.example.org', ['-days', '20']);
    sign('expired', 'DNS:localhost', ['-days', '-1']);
    openssl(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      at('self.key'),
      '-out',
      at('self.pem'),
      '-days',
      '30',
      '-subj',
      '/CN=localhost',
      '-addext',
      'subjectAltName=DNS:localhost',
    );
  });
  after(() => {
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
  });
  const serve = async (name: string): Promise<number> => {
    const server = createServer(
      { key: readFileSync(at(`${name}.key`)), cert: readFileSync(at(`${name}.pem`)) },
      (_, answer) => answer.end('ok'),
    );
    servers.push(server);
    await once(server.listen(0, 'localhost'), 'listening');
    return (server.address() as AddressInfo).port;
  };
  const ask = async (kind: string, host: string, port: number, known = true): Promise<ProbeResult> => {
    const { stdout } = await run(
      process.execPath,
      ['--import=tsx', join(import.meta.dirname, 'ask-once.ts'), kind, host, String(port)],
      {
        env: { ...process.env, ...(known ? { NODE_EXTRA_CA_CERTS: at('ca.pem') } : {}) },
      },
    );
    return JSON.parse(stdout) as ProbeResult;
  };

  const cases: [string, string, boolean, boolean, RegExp, number][] = [
    ['is well', 'good', true, true, /^(1[89]|20) days are left$|^it answers 200$/, 19],
    ['of an authority that is not known here', 'good', false, false, /without the chain|not known here/, 19],
    [
      'of another name',
      'other',
      true,
      false,
      /^its certificate is for DNS:other\.example\.org, not for localhost$/,
      19,
    ],
    ['expired', 'expired', true, false, /^its certificate has expired: 20\d\d-/, -1.5],
    ['signed by itself', 'self', true, false, /^its certificate is signed by itself$/, 29],
  ];
  for (const [name, certificate, known, ok, why, days] of cases)
    it(`that is ${name}`, async () => {
      const port = await serve(certificate);
      for (const kind of ['tls', 'https']) {
        const found = await ask(kind, 'localhost', port, known);
        expect(found.ok, found.why).to.equal(ok);
        expect(found.why).to.match(why);
        expect(found.days).to.be.within(days - 0.1, days + 1.1);
      }
    });

  it('is asked by its address as well', async () => {
    const found = await ask('tls', '127.0.0.1', await serve('good'));
    expect(found.ok, found.why).to.equal(true);
  });
});
