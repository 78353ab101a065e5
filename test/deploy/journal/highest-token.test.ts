import { expect } from 'chai';
import { parseFacts, type InstanceFacts } from '../../../src/deploy/model/facts.ts';
import { highestToken } from '../../../src/deploy/servers/highest-token.ts';

const seen = (token: string): InstanceFacts => {
  const read = parseFacts(['canopy\tfacts', `token\t${token}`, 'end\tfacts'].join('\n'));
  if (read === null) throw new Error('no facts');
  return read;
};
const instances = ['a', 'b', 'c'].map((name) => ({ name, path: '/srv/shop' }));

describe('the newest run that servers have seen', () => {
  it('is the highest of theirs', () => {
    expect(highestToken(instances, { a: seen('7'), b: seen('12'), c: seen('') })).to.equal(12);
    expect(highestToken(instances, {})).to.equal(0);
  });

  it('is none that no run can have: each server that tells such a one is named', () => {
    const facts = { a: seen('999999999999999'), b: seen('12'), c: seen('1000000000001') };
    let said: unknown;
    try {
      highestToken(instances, facts);
    } catch (error) {
      said = (error as { problems: readonly { code: string; message: string }[] }).problems.map(
        ({ code, message }) => `${code} ${message.slice(0, 60)}`,
      );
    }
    expect(said).to.deep.equal([
      'token-unreadable a: /srv/shop/.canopy/token holds no number that a run can ha',
      'token-unreadable c: /srv/shop/.canopy/token holds no number that a run can ha',
    ]);
  });
});
