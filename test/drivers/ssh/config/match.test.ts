import { expect } from 'chai';
import { resolve } from '../../../support/ssh/ssh-resolve.ts';

describe('Match of the OpenSSH configuration', () => {
  const matching: Readonly<Record<string, boolean>> = {
    all: true,
    '!all': false,
    'host real': true,
    'host REAL': true,
    'host web': false,
    'host w*,r*': true,
    'host r*,!real': false,
    '!host other': true,
    'host=real': true,
    'host="other,real"': true,
    'originalhost web': true,
    'originalhost real': false,
    'user me': true,
    'user Me': false,
    '!user me': false,
    'localuser m?': true,
    'user me host real': true,
    'user me !host real': false,
    'final all': true,
    'final host real': true,
    canonical: true,
    '!canonical': true,
    'user me # host other': true,
  };
  for (const [criteria, right] of Object.entries(matching))
    it(`Match ${criteria} ${right ? 'holds' : 'does not hold'}`, () => {
      // `canonical` holds only the second time through, which somebody has to ask for.
      const text = `Host web\n HostName real\nMatch ${criteria}\n Port 7\nMatch final host nobody\n`;
      expect(resolve(text).port).to.equal(right ? 7 : 22);
    });

  it('goes through a second time for Match final, with the name that was found', () => {
    const text = 'Host real\n User late\nHost web\n HostName real\n';
    expect(resolve(text).user).to.equal('me');
    expect(resolve(`${text}Match final all\n Port 5\n`)).to.include({ user: 'late', port: 5 });
  });

  it('compares Match user with the user that is known by then', () => {
    expect(resolve('User a\nMatch user a\n Port 5').port).to.equal(5);
    expect(resolve('Match user a\n Port 5\nHost *\n User a').port).to.equal(22);
    expect(resolve('Match user b\n Port 5', 'b@web').port).to.equal(5);
  });
});
