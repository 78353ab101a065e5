import { expect } from 'chai';
import { readConfig } from '../../src/config/index.ts';
import { canopyYml } from '../../src/init/index.ts';

describe('init', () => {
  it('writes a canopy.yml that is valid and says what was answered', () => {
    const hosts = ['deploy@10.0.0.11', 'me@[::1]:2222', 'web-alias'];
    const text = canopyYml({
      app: 'shop',
      hosts,
      path: '/srv/my shop',
      unit: 'shop',
      port: 3000,
      health: '/up',
      files: ['dist', 'a b'],
    });
    const { config } = readConfig(text, '/app/canopy.yml', { HOME: '/home/me' });
    expect(
      config.environments['production']?.instances.map(({ name, host, url, path }) => [
        name,
        host,
        url,
        path,
      ]),
    ).to.deep.equal([
      ['web-1', 'deploy@10.0.0.11', 'http://10.0.0.11:3000', '/srv/my shop'],
      ['web-2', 'me@[::1]:2222', 'http://[::1]:3000', '/srv/my shop'],
      ['web-3', 'web-alias', 'http://web-alias:3000', '/srv/my shop'],
    ]);
    expect(config.artifact.files).to.deep.equal(['dist', 'a b']);
  });
});
