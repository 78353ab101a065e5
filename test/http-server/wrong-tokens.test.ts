import { expect } from 'chai';
import { adminAccess } from '../../src/router/admin/routes.ts';

describe('wrong tokens at the admin port', () => {
  const opened = () => {
    const access = adminAccess({ full: 'full', alert: 'alert' });
    return (address: string, now: number, token = 'wrong') =>
      access.verdict('write', { authorization: `Bearer ${token}`, address, now });
  };

  it('are limited an address: five a second', () => {
    const ask = opened();
    const said = [0, 100, 200, 300, 400, 500, 999, 1000].map((now) => ask('10.0.0.1', now));
    expect(said).to.deep.equal(['wrong', 'wrong', 'wrong', 'wrong', 'wrong', 'limited', 'limited', 'wrong']);
    expect(ask('10.0.0.2', 500)).to.equal('wrong');
    expect(ask('10.0.0.1', 500, 'full'), 'a right one never is').to.equal('yes');
  });

  it('stay limited however many other addresses come: nobody is forgotten who is at it', () => {
    const ask = opened();
    for (let n = 0; n < 5; n += 1) ask('10.0.0.1', 0);
    for (let n = 0; n < 30_000; n += 1) ask(`10.1.${n >> 8}.${n & 255}`, 100);
    expect(ask('10.0.0.1', 200)).to.equal('limited');
  });

  it('of more addresses than can be told apart are limited together, until the others are quiet', () => {
    const ask = opened();
    for (let n = 0; n < 10_000; n += 1) expect(ask(`10.1.${n >> 8}.${n & 255}`, 0)).to.equal('wrong');
    const more = Array.from({ length: 8 }, (_, n) => ask(`10.2.0.${n}`, 10));
    expect(more).to.deep.equal([...Array<string>(5).fill('wrong'), ...Array<string>(3).fill('limited')]);
    expect(ask('10.1.0.1', 20), 'one that is told apart has its own count').to.equal('wrong');
    expect(ask('10.2.0.9', 10, 'alert')).to.equal('forbidden');
    expect(ask('10.2.0.7', 1500), 'the others are quiet').to.equal('wrong');
    const again = Array.from({ length: 5 }, () => ask('10.2.0.7', 1500));
    expect(again).to.deep.equal(['wrong', 'wrong', 'wrong', 'wrong', 'limited']);
  });

  it('are forgotten when the clock was set back', () => {
    const ask = opened();
    for (let n = 0; n < 5; n += 1) ask('10.0.0.1', 1_000_000);
    expect(ask('10.0.0.1', 0)).to.equal('wrong');
  });
});
