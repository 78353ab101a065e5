// The canopy.yml of the demo: the example's, with this machine's addresses and shorter waits.

/** `production` and `canary` are servers as servers.mjs makes them, each with more variables in `env` if it has any. */
export function configText({ folder, production, canary, redis, router, admin }) {
  return `# Written by the demo; examples/shop/canopy.yml is the same for real servers, with explanations.
app: shop
store: redis://127.0.0.1:${redis}/0

artifact:
  build: [npm ci, npm run build]
  files: [dist, public, service, package.json]

checks:
  tests: { run: [npm ci, npm test], report: reports/unit.xml, minPassRate: 100%, maxSkipped: 0 }
  coverage: { report: coverage/coverage-final.json, lines: 90%, branches: 80%, functions: 85% }
  lint: { run: npx eslint -f json -o reports/eslint.json ., report: reports/eslint.json, maxErrors: 0, maxWarnings: 0 }

ssh:
  knownHosts: ${folder}/ssh/known_hosts
  config: ${folder}/ssh/config
  key: ${folder}/ssh/deploy_key

environments:
  production:
    branch: release
    shared: [run/]
    keep: 5
    service: { start: sh service/start.sh, stop: sh service/stop.sh, status: sh service/status.sh, log: run/shop.log }
    env: { NODE_ENV: production, HOST: 127.0.0.1, REDIS_URL: 'redis://127.0.0.1:${redis}/0' }
    instances:
${production.map(instance).join('\n')}
    health: { path: /health, status: 200, within: 10s, every: 250ms, rise: 2, release: x-release }
    rollout: { strategy: rolling, batch: 1, maxUnavailable: 1, healthyFor: 3s, drain: 15s, deadline: 3m, onFailure: revert }
    lock: { lease: 15s }
  canary:
    extends: production
    branch: dev
    instances:
${canary.map(instance).join('\n')}

traffic:
  balancer: router
  listen: 127.0.0.1:${router}
  admin: { listen: 127.0.0.1:${admin}, token: '\${env:CANOPY_TOKEN}' }
  stateDir: ${folder}/router
  stable: production
  canary: canary
  weight: 33%
  health: { path: /health, every: 500ms, timeout: 2s, rise: 2, fall: 2 }
  revert: { errorRate: 5%, window: 5s, minRequests: 20, resume: manual }
`;
}

const instance = ({ name, user, ssh, web, path, env = {} }) =>
  `      - { name: ${name}, host: '${user}@127.0.0.1:${ssh}', url: 'http://127.0.0.1:${web}', path: ${path}, env: ${JSON.stringify({ PORT: web, ...env })} }`;
