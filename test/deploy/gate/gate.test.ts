import { expect } from 'chai';
import { readConfig } from '../../../src/config/index.ts';
import type { Instance } from '../../../src/config/types.ts';
import { gate } from '../../../src/deploy/gate/gate.ts';
import { CanopyError, fail } from '../../../src/errors.ts';
import type { Host, HttpAnswer, Ran } from '../../../src/ports/ports.ts';
import { fakeClock } from '../../fakes/clock.ts';
import { quietLog } from '../../support/quiet-log.ts';

const id = '20261121000000-aaaaaaa-111111';
const lines = (...said: readonly string[]): string =>
  said.map((line) => `${line.replace(' ', '\t')}\n`).join('');
const runs = ['unit ActiveState=active', 'unit MainPID=50', 'address 127.0.0.1', 'owner 1000'];
const own = 'process 50 1 1000 own open - node';
const proofs = {
  ours: lines(...runs, 'listen 7 1000 00000000', 'holder 7 50', own, 'end proof'),
  others: lines(
    ...[...runs, 'listen 7 33 00000000', 'holder 7 60', own],
    ...['process 60 1 33 - open - other', 'end proof'],
  ),
  cut: lines(...runs),
};

/** A server as the gate sees it at a time: an answer or why there is none, what systemd says, and what proves whose it is. */
interface Scene {
  readonly answer?: HttpAnswer | CanopyError;
  readonly state?: string;
  readonly proof?: string;
}
const ok: HttpAnswer = { status: 200, headers: {}, body: '' };
const lost = fail('ssh-lost', { host: 'web-1', title: 'ask' });

describe('the gate', () => {
  const instance = (health: string): Instance => {
    const text = `app: shop\nenvironments: { p: { path: /srv/shop, service: { systemd: shop }, health: { path: /, within: 10s, every: 1s, rise: 2, ${health} }, instances: [{ name: web-1, host: a, url: 'http://127.0.0.1:3000' }] } }`;
    return readConfig(text, '/app/canopy.yml', { HOME: '/' }).config.environments['p']
      ?.instances[0] as Instance;
  };
  /** What comes out, and after so many seconds. */
  async function judge(sceneAt: (second: number) => Scene, health = '', healthyForMs = 0) {
    const clock = fakeClock(0);
    const scene = (): Required<Scene> => ({
      answer: ok,
      state: 'active',
      proof: proofs.ours,
      ...sceneAt(clock.now() / 1000),
    });
    const ran = (stdout: string): Promise<Ran> => Promise.resolve({ code: 0, stdout, stderr: '' });
    const host: Host = {
      get: () => {
        const { answer } = scene();
        return answer instanceof CanopyError ? Promise.reject(answer) : Promise.resolve(answer);
      },
      run: ({ title }) =>
        title.startsWith('look whose')
          ? ran(scene().proof)
          : ran(lines(`unit ActiveState=${scene().state}`, 'unit ExecMainStatus=1')),
      connects: () => Promise.resolve(true),
      exchange: () => Promise.reject(new Error('not asked')),
    };
    const http = () => Promise.reject(new Error('not asked'));
    const log = quietLog();
    const judged = gate(instance(health), { id }, { healthyForMs }, { host, http, clock, log });
    const told = await clock.drive(
      judged.then(
        ({ reason, proof, unproven }) => reason ?? proof ?? `not proven: ${unproven}`,
        (error: unknown) => (error as CanopyError).code,
      ),
    );
    return `${told} after ${clock.now() / 1000}s`;
  }

  const cases: readonly (readonly [
    what: string,
    scene: (second: number) => Scene,
    told: RegExp,
    health?: string,
    healthyForMs?: number,
  ])[] = [
    ['is passed by a release that holds its port', () => ({}), /^port after 1s$/],
    [
      'is passed at once by an answer that tells the release',
      () => ({ answer: { ...ok, headers: { 'x-release': id } }, state: 'failed', proof: '' }),
      /^answer after 1s$/,
      'release: x-release',
    ],
    [
      'waits for a release that starts beside the old one',
      (second) => ({ proof: second < 5 ? proofs.others : proofs.ours }),
      /^port after 5s$/,
    ],
    [
      'fails when somebody else has answered all the time',
      () => ({ proof: proofs.others }),
      /^port 3000 is held by other .* after 10s$/,
    ],
    [
      'fails at once when the service has failed, whoever answers',
      (second) => ({ state: second < 3 ? 'active' : 'failed', proof: proofs.others }),
      /has failed: .* after [34]s$/,
      '',
      60_000,
    ],
    [
      'fails at once when the service has failed and nobody answers',
      (second) => ({ answer: { ...ok, status: 0 }, state: second < 3 ? 'active' : 'failed' }),
      /has failed: .* after 3s$/,
    ],
    ['says when nothing is proven', () => ({ proof: proofs.cut }), /^not proven: the server does not tell/],
    [
      'asks again when the connection was lost',
      (second) => (second === 1 ? { answer: lost } : {}),
      /^port after 3s$/,
    ],
    [
      'asks again when it was lost long after the first answers',
      (second) => (second === 30 ? { answer: lost } : {}),
      /^port after 71s$/,
      '',
      40_000,
    ],
    [
      'asks again when it was lost twice, and went on well in between',
      (second) => (second === 1 || second === 20 ? { answer: lost } : {}),
      /^port after 51s$/,
      '',
      30_000,
    ],
    ['fails when it stays lost', () => ({ answer: lost }), /^ssh-lost after 10s$/],
    [
      'fails when it is lost again and again',
      (second) => (second % 2 === 1 ? { answer: lost } : {}),
      /^ssh-lost after 11s$/,
    ],
    [
      'fails at once when the server refuses',
      () => ({ answer: fail('ssh-forward', { host: 'web-1', target: 'a', reason: 'b' }) }),
      /^ssh-forward after 0s$/,
    ],
  ];
  for (const [what, scene, told, health, healthyForMs] of cases)
    it(what, async () => expect(await judge(scene, health, healthyForMs)).to.match(told));
});
