import { expect } from 'chai';
import { settingsFrom } from '../src/settings.js';

describe('settings', () => {
  it('has defaults for a laptop', () => {
    expect(settingsFrom({})).to.include({ port: 3000, release: 'development', instance: 'local' });
  });

  it('refuses a port that is none', () => {
    for (const PORT of ['http', '70000', '-1', '80.5']) {
      expect(() => settingsFrom({ PORT }), PORT).to.throw('PORT is');
    }
  });
});
