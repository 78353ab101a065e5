import { expect } from 'chai';
import { readConfig } from '../../src/config/index.ts';
import { canopyYml } from '../../src/init/index.ts';
import { projectOf } from '../../src/init/project.ts';

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
      build: ['npm ci --omit=dev', 'npm run build'],
      tests: null,
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
    expect(config.artifact.build).to.deep.equal(['npm ci --omit=dev', 'npm run build']);
    expect(config.checks.tests).to.equal(null);
  });

  const manifest = (over: object): string => JSON.stringify({ name: 'shop', ...over });
  const all = ['.'];
  const projects: readonly (readonly [string, string | null, boolean, ReturnType<typeof projectOf>])[] = [
    ['no package.json', null, false, { build: [], tests: null, files: all }],
    ['one that is no JSON', '{', true, { build: [], tests: null, files: all }],
    ['one that is a list', '[]', true, { build: [], tests: null, files: all }],
    ['nothing in it', '{}', false, { build: [], tests: null, files: all }],
    ['scripts that are none', manifest({ scripts: ['build'] }), true, { build: [], tests: null, files: all }],
    [
      'a build',
      manifest({ scripts: { build: 'tsc', test: 'mocha' }, dependencies: { a: '1' } }),
      true,
      { build: ['npm ci', 'npm run build'], tests: 'npm test', files: ['dist', 'package.json'] },
    ],
    [
      'dependencies alone',
      manifest({ scripts: { test: 'echo "Error: no test specified" && exit 1' }, dependencies: { a: '1' } }),
      false,
      { build: ['npm install --omit=dev'], tests: null, files: all },
    ],
    [
      'tests alone',
      manifest({ scripts: { test: 'node --test' } }),
      true,
      { build: [], tests: 'npm test', files: all },
    ],
  ];
  for (const [what, text, locked, right] of projects)
    it(`takes from a project with ${what} what can be run there`, () => {
      expect(projectOf(text, locked)).to.deep.equal(right);
      const hosts = ['deploy@10.0.0.11'];
      const yaml = canopyYml({
        app: 'shop',
        hosts,
        path: '/srv/shop',
        unit: 'shop',
        port: 1,
        health: '/',
        ...right,
      });
      const { config } = readConfig(yaml, '/app/canopy.yml', { HOME: '/home/me' });
      expect(config.artifact).to.include({ irreversible: false });
      expect([config.artifact.build, config.artifact.files]).to.deep.equal([right.build, right.files]);
      expect(config.checks.tests?.run ?? null).to.deep.equal(right.tests === null ? null : [right.tests]);
    });
});
