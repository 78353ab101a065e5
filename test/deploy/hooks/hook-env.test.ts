import { expect } from 'chai';
import { hookEnv, type Occasion } from '../../../src/deploy/hooks/hook-env.ts';

const occasion: Occasion = {
  app: 'shop',
  environment: 'production',
  action: 'deploy',
  deploy: '20261121T093000Z-abc',
  token: 7,
  commit: '1a2b3c4d',
  previous: null,
  reason: null,
};
const of = (over: Partial<Occasion>, release = 'r1') =>
  hookEnv({ ...occasion, ...over }, { kind: 'after', instance: 'web-1', release });

describe('what a hook sees', () => {
  it('is the deploy, the instance and the two releases', () => {
    expect(of({ previous: 'r0' })).to.deep.equal({
      CANOPY_APP: 'shop',
      CANOPY_ENVIRONMENT: 'production',
      CANOPY_INSTANCE: 'web-1',
      CANOPY_RELEASE: 'r1',
      CANOPY_PREVIOUS: 'r0',
      CANOPY_COMMIT: '1a2b3c4d',
      CANOPY_ACTION: 'deploy',
      CANOPY_HOOK: 'after',
      CANOPY_HOOK_ID: '20261121T093000Z-abc.7.after.web-1',
    });
  });

  it('is nothing for a release before the first', () => {
    expect(of({}).CANOPY_PREVIOUS).to.equal('');
  });

  it('is the commit that the id names when a rollback knows no more', () => {
    expect(of({ commit: '' }, '20261121093000-1a2b3c4-9f8e7d').CANOPY_COMMIT).to.equal('1a2b3c4');
    expect(of({ commit: '' }).CANOPY_COMMIT).to.equal('');
  });

  it('is the reason as it is, in a length that a variable can have', () => {
    const reason = `it's "down"\n$(id) \`id\``;
    expect(of({ reason }).CANOPY_REASON).to.equal(reason);
    expect(of({ reason: 'a\0b' }).CANOPY_REASON).to.equal('a b');
    expect(of({ reason: 'x'.repeat(200_000) }).CANOPY_REASON).to.have.length(4000);
  });
});
