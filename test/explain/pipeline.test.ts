import { expect } from 'chai';
import { readConfig } from '../../src/config/index.ts';
import { explainPipeline, type PipelineAsked } from '../../src/explain/pipeline.ts';

const steps: PipelineAsked['steps'] = [
  { name: 'check', uses: ['checks'], bound: false },
  { name: 'package', uses: ['artifact'], bound: false },
  { name: 'deploy', uses: ['store', 'ssh', 'environments', 'traffic', 'artifact'], bound: true },
  {
    name: 'canary',
    uses: ['store', 'ssh', 'environments', 'traffic', 'canary', 'artifact'],
    bound: true,
  },
];

const yaml = `app: shop
store: \${env:SHOP_STORE}
checks: { tests: { run: 'make \${env:TARGET}', report: r.xml } }
environments:
  production:
    branch: release
    path: /srv/shop
    service: { systemd: shop }
    instances: [{ name: web-1, host: "\${env:HOST_1}", url: "http://10.0.0.1:3000" }]
  canary: { extends: production, branch: dev, instances: [{ name: can-1, host: "\${env:HOST_C}", url: "http://10.0.0.2:3000" }] }
  staging: { extends: production, branch: stage, instances: [{ name: st-1, host: "\${env:HOST_S}", url: "http://10.0.0.3:3000" }] }
traffic: { stable: production, canary: canary, listen: "127.0.0.1:8080" }
canary: { steps: [{ weight: 5%, for: 2m }, { weight: 33%, for: 0s }] }
flags: { file: "\${env:FLAGS}" }
`;

const explain = (
  branch: string,
  env: Record<string, string> = {},
  more: Partial<PipelineAsked> & { text?: string } = {},
) => {
  const loaded = readConfig(more.text ?? yaml, '/app/canopy.yml', { HOME: '/root', ...env });
  const { data, text } = explainPipeline(loaded, { branch, environment: null, bound: [], steps, ...more });
  const { problems, ...rest } = data as { problems: { code: string; path?: string; message: string }[] };
  return { ...rest, problems, text, lacking: problems.map(({ message }) => message) } as Record<
    string,
    unknown
  > & { problems: typeof problems; lacking: string[]; text: string };
};

describe('what a pipeline needs', () => {
  it('follows from the branch', () => {
    expect(explain('release')).to.include({ environment: 'production', kind: 'stable', judged: true });
    expect(explain('dev')).to.include({ environment: 'canary', kind: 'canary' });
    expect(explain('stage')).to.include({ environment: 'staging', kind: 'plain' });
    expect(explain('topic')).to.include({ environment: null, kind: null });
    expect(explain('topic').lacking).to.deep.equal([]);
    expect(explain('topic', {}, { environment: 'canary' })).to.include({ kind: 'canary' });
    expect(explain('release', {}, { text: yaml.replace(/^traffic.*\n/m, '') })).to.include({ kind: 'plain' });
  });

  it('is all that is missing at once: of the steps that run, and of the servers they touch', () => {
    expect(explain('release').lacking).to.deep.equal([
      'store: the variable SHOP_STORE is not set',
      'checks.tests.run: the variable TARGET is not set',
      'environments.production.instances[0].host: the variable HOST_1 is not set',
      'environments.canary.instances[0].host: the variable HOST_C is not set',
    ]);
    expect(explain('stage').problems.map(({ path }) => path)).to.deep.equal([
      'store',
      'checks.tests.run',
      'environments.staging.instances[0].host',
    ]);
    const env = { SHOP_STORE: 'redis://x', TARGET: 'all', HOST_1: 'a', HOST_C: 'b' };
    expect(explain('release', env).lacking).to.deep.equal([]);
  });

  it('has no credential for the commands of check and package', () => {
    const env = { SHOP_STORE: 'redis://x', TARGET: 'all', HOST_1: 'a', HOST_C: 'b' };
    const { problems } = explain('release', env, { bound: ['SHOP_STORE', 'TARGET'] });
    expect(problems.map(({ code, path }) => [code, path])).to.deep.equal([
      ['pipeline-bound', 'checks.tests.run'],
    ]);
    const text = yaml.replace('${env:TARGET}', '${env:TARGET:-all}');
    expect(explain('release', env, { bound: ['TARGET'], text }).lacking).to.deep.equal([]);
  });

  it('names a branch that several environments name, and an environment that is none', () => {
    const text = yaml.replace('branch: stage', 'branch: dev');
    expect(explain('dev', {}, { text })).to.include({ environment: null });
    expect(explain('dev', {}, { text }).lacking).to.deep.equal([
      'the branch dev is named by canary and staging',
    ]);
    expect(explain('dev', {}, { text, environment: 'staging' }).environment).to.equal('staging');
    expect(explain('dev', {}, { environment: 'nowhere' }).lacking).to.deep.equal([
      'there is no environment "nowhere"; canopy.yml has: production, canary, staging',
    ]);
  });

  it('is three lines when nothing is missing, and no value of a variable', () => {
    const env = { SHOP_STORE: 'redis://:sesame@x', TARGET: 'all', HOST_1: 'a', HOST_C: 'b' };
    expect(explain('release', env).text.split('\n')).to.deep.equal([
      'shop: the branch release goes to production',
      'check, package, canary (5 % for 2 min, 33 %), promote',
      'nothing is missing for that',
    ]);
    expect(explain('topic', env).text.split('\n')).to.deep.equal([
      'shop: the branch topic names no environment: it is only checked',
      'check',
      'nothing is missing for that',
    ]);
    expect(explain('release').text).to.contain('missing: store: the variable SHOP_STORE is not set (');
  });
});
