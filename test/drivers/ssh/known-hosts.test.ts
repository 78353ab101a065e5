import { createHmac } from 'node:crypto';
import { expect } from 'chai';
import {
  authorityOf,
  hostKeyAlgorithms,
  judge,
  knownTypes,
  parseKnownHosts,
  type HostKeyJudgement,
} from '../../../src/drivers/ssh/known-hosts.ts';

const ed = 'ssh-ed25519';
const say = (text: string, host = 'web', port = 22, key = 'AAAA', type = ed): HostKeyJudgement =>
  judge(parseKnownHosts(text, 'f'), host, port, type, key);
const hashed = (name: string): string => {
  const salt = Buffer.from('a salt of twenty byte');
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
};
const known = { kind: 'known' } as const;
const unknown = { kind: 'unknown', other: null } as const;

describe('known hosts', () => {
  const cases: Record<string, [HostKeyJudgement, HostKeyJudgement]> = {
    'a name': [say(`web ${ed} AAAA`), known],
    'no entry': [say(`other ${ed} AAAA`), unknown],
    'a list of names': [say(`a,web,10.0.0.1 ${ed} AAAA comment here`), known],
    'capitals do not count': [say(`WEB ${ed} AAAA`, 'Web'), known],
    'a wildcard': [say(`*.shop.example ${ed} AAAA`, 'web.shop.example'), known],
    'a question mark is one character': [say(`we? ${ed} AAAA`, 'webb'), unknown],
    'a dot is a dot': [say(`w.b ${ed} AAAA`), unknown],
    'a negated name': [say(`*,!web ${ed} AAAA`), unknown],
    'a port': [say(`[web]:2222 ${ed} AAAA`, 'web', 2222), known],
    'another port': [say(`[web]:2222 ${ed} AAAA`, 'web', 2223), unknown],
    'the same key without a port': [say(`web ${ed} AAAA`, 'web', 2222), known],
    'another key without a port': [say(`web ${ed} BBBB`, 'web', 2222), unknown],
    'an IPv6 address': [say(`::1 ${ed} AAAA`, '::1'), known],
    'a hashed name': [say(`${hashed('web')} ${ed} AAAA`), known],
    'a hashed name with a port': [say(`${hashed('[web]:2222')} ${ed} AAAA`, 'web', 2222), known],
    'another hashed name': [say(`${hashed('other')} ${ed} AAAA`), unknown],
    'a changed key': [say(`# c\n\nweb ${ed} BBBB`), { kind: 'changed', file: 'f', line: 3 }],
    'one of two keys': [say(`web ${ed} BBBB\nweb ${ed} AAAA`), known],
    'a key of another type': [say(`web ssh-rsa BBBB`), { kind: 'unknown', other: { file: 'f', line: 1 } }],
    'a revoked key': [say(`web ${ed} AAAA\n@revoked * ${ed} AAAA`), { kind: 'revoked', file: 'f', line: 2 }],
    'a revoked key under the plain name': [
      say(`[web]:2222 ${ed} AAAA\n@revoked web ${ed} AAAA`, 'web', 2222),
      { kind: 'revoked', file: 'f', line: 2 },
    ],
    'another key is revoked': [say(`web ${ed} AAAA\n@revoked * ${ed} BBBB`), known],
    'an authority vouches for nothing': [say(`@cert-authority * ${ed} AAAA`), unknown],
    'an unknown marker': [say(`@strange web ${ed} AAAA`), unknown],
    'Windows line ends': [say(`web ${ed} AAAA\r\n`), known],
    'a comment': [say(`#web ${ed} AAAA`), unknown],
    'a line cut short': [say(`web ${ed}`), unknown],
    'padding does not count': [say(`web ${ed} AAA=`, 'web', 22, 'AAA'), known],
  };
  for (const [name, [got, wanted]] of Object.entries(cases))
    it(name, () => expect(got).to.deep.equal(wanted));

  it('names the line of an authority for a host', () => {
    const entries = parseKnownHosts(`web ${ed} AAAA\n@cert-authority *.example,!b.example ${ed} BBBB`, 'f');
    expect(authorityOf(entries, 'a.example', 2222)).to.deep.equal({ file: 'f', line: 2 });
    expect(authorityOf(entries, 'b.example', 22)).to.equal(null);
    expect(authorityOf(entries, 'web', 22)).to.equal(null);
  });

  it('asks first for the types that are known, and never for SHA-1', () => {
    const entries = parseKnownHosts(
      `web ssh-rsa AAAA\n@revoked web ${ed} BBBB\n[web]:2222 ecdsa-sha2-nistp256 CCCC`,
      'f',
    );
    expect(knownTypes(entries, 'web', 22)).to.deep.equal(['ssh-rsa']);
    expect(knownTypes(entries, 'web', 2222)).to.deep.equal(['ecdsa-sha2-nistp256']);
    expect(knownTypes(entries, 'web', 2223)).to.deep.equal(['ssh-rsa']);
    expect(hostKeyAlgorithms(['ssh-rsa', 'odd']).slice(0, 3)).to.deep.equal([
      'rsa-sha2-512',
      'rsa-sha2-256',
      ed,
    ]);
    expect(hostKeyAlgorithms([])).to.not.include('ssh-rsa').and.to.not.include('ssh-dss');
  });
});
