import { expect } from 'chai';
import { runsAlone } from '../../scripts/support/fits.mjs';
import { findProgram } from '../../scripts/support/system.mjs';
import { needs } from '../support/needs.ts';

describe('a program that needs nothing but itself', () => {
  before(needs('root', 'chroot', 'busybox'));

  it('is found by running it where there is nothing else', () => {
    // Programs of this machine need its libraries, as Debian's ordinary busybox does.
    for (const name of ['sh', 'git', 'tar']) expect(runsAlone(findProgram(name) ?? ''), name).to.equal(false);
    expect(findProgram('busybox', undefined, runsAlone)).to.match(/\/busybox$/);
  });
});
