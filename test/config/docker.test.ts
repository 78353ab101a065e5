import { expect } from 'chai';
import { readConfig } from '../../src/config/index.ts';
import { CanopyError } from '../../src/errors.ts';

const read = (yaml: string) => readConfig(yaml, '/app/canopy.yml', { HOME: '/' }).config;
const options = (words: string): number => {
  const yaml = `app: shop\nenvironments: { p: { path: /srv/shop, docker: { options: [${words}] }, instances: [{ name: a, host: h }] } }`;
  try {
    read(yaml);
    return 0;
  } catch (error) {
    if (error instanceof CanopyError) return error.problems.length;
    throw error;
  }
};

describe('docker in canopy.yml', () => {
  it('is the driver where there is such a section, and has defaults for all of it', () => {
    const { environments } = read(`
app: shop
environments:
  p: { path: /srv/shop, docker: { volumes: [shared/up/:/up, "/etc/ssl:/ssl:ro", cache:/c] }, instances: [{ name: web-1, host: h }] }`);
    const [instance] = environments['p']?.instances ?? [];
    expect(instance).to.include({ driver: 'docker' });
    expect(instance?.docker).to.deep.equal({
      name: 'canopy-shop-web-1',
      labels: {
        'canopy.app': 'shop',
        'canopy.environment': 'p',
        'canopy.instance': 'web-1',
        'canopy.path': '/srv/shop',
      },
      image: { kind: 'build', folder: '.', dockerfile: './Dockerfile' },
      ports: [],
      volumes: [
        { kind: 'bind', source: '/srv/shop/shared/up', target: '/up', readOnly: false, below: 'up' },
        { kind: 'bind', source: '/etc/ssl', target: '/ssl', readOnly: true, below: null },
        { kind: 'volume', source: 'cache', target: '/c', readOnly: false, below: null },
      ],
      network: null,
      user: null,
      memory: null,
      cpus: null,
      stopMs: 10_000,
      restart: 'unless-stopped',
      command: [],
      envFile: null,
      options: [],
    });
  });

  it('works key by key into an instance and into another environment; where the image comes from is one choice', () => {
    const { environments } = read(`
app: shop
environments:
  p:
    path: /srv/shop
    docker: { build: web, dockerfile: web/Other, memory: 64MB }
    instances: [{ name: a, host: h, docker: { ports: ["1:1"] } }, { name: b, host: i, docker: { image: team/shop } }]
  q: { extends: p, docker: { load: shop.tar, cpus: 2 }, instances: [{ name: c, host: h, path: /srv/q }] }`);
    const told = ['p', 'q'].flatMap((name) =>
      (environments[name]?.instances ?? []).map(({ docker }) => [
        docker?.image,
        docker?.ports,
        docker?.memory,
        docker?.cpus,
      ]),
    );
    expect(told).to.deep.equal([
      [{ kind: 'build', folder: 'web', dockerfile: 'web/Other' }, ['1:1'], 64 * 1024 ** 2, null],
      [{ kind: 'pull', repository: 'team/shop' }, [], 64 * 1024 ** 2, null],
      [{ kind: 'load', file: 'shop.tar' }, [], 64 * 1024 ** 2, 2],
    ]);
  });

  it('lets words of a list through to docker, each with its value in it, and no other', () => {
    expect(
      options('--init, --log-opt=max-size=10m, "--ulimit=nofile=1:2", --security-opt=no-new-privileges'),
    ).to.equal(0);
    const wrong = [
      '--privileged',
      '--cap-add=ALL',
      '--security-opt=seccomp=unconfined',
      '--name=x',
      '-v',
      '--pid=host',
    ];
    for (const word of [
      ...wrong,
      '--initx',
      '--init=false',
      '--hostname',
      '--device=/dev/sda',
      'busybox',
      '--',
    ])
      expect(options(`"${word}"`), word).to.equal(1);
  });
});
