import { expect } from 'chai';
import { readConfig } from '../../src/config/index.ts';
import { isCanopyError } from '../../src/errors.ts';
import type { Section, Step } from '../../src/step/declare/define.ts';
import { complete, withLacking } from '../../src/step/complete.ts';

const yaml = (more: string): string => `app: shop
store: "redis://:\${env:SHOP_STORE}@10.0.0.1:6379/0"
checks: { tests: { run: "make \${env:TARGET}", report: r.xml } }
environments:
  eu.prod:
    path: /srv/shop
    service: { systemd: shop }
    instances: [{ name: a, host: "\${env:HOST_A}"${more} }]
  test: { path: /srv/test, service: { systemd: shop }, instances: [{ name: t, host: "\${env:HOST_T}" }] }
`;
const step = (...uses: Section[]): Step => ({ uses }) as unknown as Step;

/** Everything that a step tells of the file. */
function told(text: string, uses: Section[], environment?: string): string[] {
  try {
    const loaded = readConfig(text, '/app/canopy.yml', { HOME: '/' });
    complete(step(...uses), loaded, environment);
    return [];
  } catch (error) {
    const whole = withLacking(step(...uses), error, environment);
    if (!isCanopyError(whole)) throw whole;
    return whole.problems.map(({ message }) => message);
  }
}

const store = 'store: the variable SHOP_STORE is not set';
const target = 'checks.tests.run: the variable TARGET is not set';
const hostA = 'environments.eu.prod.instances[0].host: the variable HOST_A is not set';
const hostT = 'environments.test.instances[0].host: the variable HOST_T is not set';
const wrong =
  'environments.eu.prod.instances[0].url: must be a URL with a port from 1 to 65535, like http://10.0.0.11:3000';

describe('what a step tells of its configuration', () => {
  it('is the variables of the sections that it uses', () => {
    expect(told(yaml(''), ['store'])).to.deep.equal([store]);
    expect(told(yaml(''), ['store', 'environments'])).to.deep.equal([store, hostA, hostT]);
  });

  it('is those of its environment alone, and a name may have dots', () => {
    expect(told(yaml(''), ['environments'], 'eu.prod')).to.deep.equal([hostA]);
    expect(told(yaml(''), ['environments'], 'test')).to.deep.equal([hostT]);
  });

  it('is an environment that is none and the variables at once', () => {
    expect(told(yaml(''), ['store', 'environments'], 'prod')).to.deep.equal([
      'there is no environment "prod"; canopy.yml has: eu.prod, test',
      store,
    ]);
  });

  it('is what is wrong and what is missing in one go', () => {
    expect(told(yaml(', url: "http://w1:0"'), ['store', 'environments'], 'eu.prod')).to.deep.equal([
      wrong,
      store,
      hostA,
    ]);
  });

  it('is all of it for a step that only tells of the file', () => {
    expect(told(yaml(', url: "http://w1:0"'), [])).to.deep.equal([wrong, store, target, hostA, hostT]);
  });
});
