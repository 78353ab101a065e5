import { hostname } from 'node:os';
import { expect } from 'chai';
import { actorOf } from '../../src/step/actor.ts';

const url = 'http://jenkins/7/';

describe('who runs a step', () => {
  it('is the Jenkins build: all its steps are the same run', () => {
    const env = { BUILD_TAG: 'jenkins-shop-7', JOB_NAME: 'shop', BUILD_NUMBER: '7', BUILD_URL: url };
    expect(actorOf(env)).to.deep.equal({ name: 'jenkins-shop-7', url, run: 'jenkins-shop-7' });
    const { name, run } = actorOf({ JOB_NAME: 'shop', BUILD_NUMBER: '7' });
    expect([name, run]).to.deep.equal(['shop #7', 'shop #7']);
  });

  it('is the user on this machine: each process is a run of its own', () => {
    const { name, run } = actorOf({ BUILD_TAG: '', JOB_NAME: '' });
    expect(name).to.match(new RegExp(`^.+@${hostname()}$`));
    expect(run).to.match(new RegExp(`^${hostname()}, process ${process.pid}, [0-9a-z]{1,8}$`));
    expect(actorOf({}).run).not.to.equal(actorOf({}).run);
  });

  it('is the person whom Jenkins names; the run stays that of the build', () => {
    const env = { BUILD_TAG: 'jenkins-shop-7', BUILD_URL: url, CANOPY_ACTOR: 'anna' };
    expect(actorOf(env)).to.deep.equal({ name: 'anna', url, run: 'jenkins-shop-7' });
    // Of who pressed the button and who approved later, the latter.
    expect(actorOf({ ...env, BUILD_USER_ID: 'bert' }).name).to.equal('anna');
    expect(actorOf({ ...env, CANOPY_ACTOR: '', BUILD_USER_ID: 'bert' })).to.include({
      name: 'bert',
      run: 'jenkins-shop-7',
    });
    expect(
      actorOf({ ...env, CANOPY_ACTOR: ' ', CANOPY_STARTED_BY: 'carl', BUILD_USER_ID: 'bert' }).name,
    ).to.equal('carl');
    expect(actorOf({ ...env, CANOPY_ACTOR: '', CANOPY_STARTED_BY: '' }).name).to.equal('jenkins-shop-7');
  });

  it('is told in one line, whatever the name is made of', () => {
    const named = (name: string): string => actorOf({ CANOPY_STARTED_BY: name }).name;
    expect(named('o\'brien "x" $HOME é 漢')).to.equal('o\'brien "x" $HOME é 漢');
    expect(named('two\nlines\u001b[31m\u202e')).to.equal('two lines [31m');
    expect(named('x'.repeat(500))).to.have.length(200);
  });

  it('is no build without its number', () => {
    const { name, run } = actorOf({ JOB_NAME: 'shop' });
    expect(name).to.equal('shop #?');
    expect(run).to.contain('process');
  });
});
