import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { readProof } from '../../../src/deploy/runtime/proof-facts.ts';
import { decideProof } from '../../../src/deploy/gate/proof.ts';
import { notProvenLine, unproven } from '../../../src/deploy/report/not-proven.ts';

const ours = '20261121000000-aaaaaaa-111111';

/**
 * What a server says, line by line, and what that proves; or `?` or `!` and a part of what is said of it. `waits`: by waiting it may
 * become another.
 */
interface ProofCase {
  readonly what: string;
  /** Lines of proof-common.json go ahead. */
  readonly common?: string;
  readonly lines: readonly string[];
  readonly kind?: 'unit' | 'container' | 'commands';
  readonly foreign?: boolean;
  readonly host?: string;
  readonly port?: number | null;
  readonly runs?: boolean;
  readonly is: string;
  readonly waits?: boolean;
}
interface ProofCases {
  readonly common: Readonly<Record<string, readonly string[]>>;
  readonly cases: readonly ProofCase[];
}
const file = join(import.meta.dirname, '../../cases/deploy/proof.json');
const { common, cases } = JSON.parse(readFileSync(file, 'utf8')) as ProofCases;

/** Each word in front of its value, as the scripts print them. */
const said = (...lines: readonly string[]): string =>
  [...lines, 'end proof'].map((line) => line.replace(' ', '\t')).join('\n');

describe('who answers', () => {
  for (const one of cases) {
    const { what, lines, is, kind = 'unit', host = '127.0.0.1', port = 3000, runs = false } = one;
    const { foreign = false, waits } = one;
    it(`${kind}, ${what}: ${is}`, () => {
      const facts = readProof(said(...(common[one.common ?? ''] ?? []), ...lines));
      if (facts === null) throw new Error('the lines have another form by now');
      const name = kind === 'unit' ? 'shop.service' : 'it';
      const verdict = decideProof({ kind, name, release: ours, foreign, host, port, runs }, facts);
      const [way, text] =
        'proven' in verdict
          ? ['', verdict.proven]
          : 'failed' in verdict
            ? ['!', verdict.failed]
            : ['?', verdict.unproven];
      expect(`${way}${text}`).to.match(new RegExp(`^${is[0] === '!' || is[0] === '?' ? `\\${is[0]}` : ''}`));
      expect(text).to.contain(is.replace(/^[!?]/, ''));
      if (waits !== undefined) expect('final' in verdict && !verdict.final).to.equal(waits);
    });
  }

  it('is not read from an answer that was cut, or of somebody else', () => {
    expect([
      readProof(''),
      readProof(said('owner 1').replace('end', 'and')),
      readProof('hello\n'),
    ]).to.deep.equal([null, null, null]);
  });

  it('reads addresses as the kernel writes them', () => {
    const lines = [
      '0100007F',
      'B80D0120000000000000000001000000',
      '0000000000000000FFFF00000500000A',
      '00000000',
    ].map((address, at) => `listen ${at} 0 ${address}`);
    expect(
      readProof(said(...lines))?.listeners.map(({ address, family }) => [address, family]),
    ).to.deep.equal([
      ['127.0.0.1', 4],
      ['[2001:db8::1]', 6],
      ['10.0.0.5', 4],
      ['*', 4],
    ]);
  });
});

describe('what is told of what is not proven', () => {
  const gate = (instance: string, why: string | null, kind: 'gate' | 'regate' = 'gate') =>
    ({
      kind,
      instance,
      release: ours,
      result: 'ok',
      reason: null,
      ...(why === null ? {} : { unproven: why }),
    }) as const;

  it('is one line, the instances with the same reason together', () => {
    const found = unproven(new Map([['web-0', { unproven: 'b' }]]), [
      gate('web-1', 'a'),
      gate('web-2', 'b'),
      gate('web-3', 'a'),
      gate('web-4', null),
    ]);
    expect(notProvenLine(found)).to.equal(
      'not proven that it is this release which answers on web-0, web-2 (b); web-1, web-3 (a)',
    );
    expect(notProvenLine(new Map())).to.equal(null);
  });

  it('is what the last gate of each has found', () => {
    const first = new Map([['web-1', { proof: 'port' as const }]]);
    expect([...unproven(first, [gate('web-1', 'a'), gate('web-1', null, 'regate')])]).to.deep.equal([]);
  });
});
