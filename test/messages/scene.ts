import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { openRedis } from '../../src/drivers/redis/redis.ts';
import { messageHistory } from '../../src/messages/index.ts';
import { Secret } from '../../src/shared/secret.ts';
import { endProcess } from '../support/end-process.ts';
import type { RunningRedis } from '../support/services/redis.ts';
import type { HttpManner, HttpProvider } from './http-provider.ts';
import type { SenderOrders } from './sender.ts';

export interface Sender {
  readonly process: ChildProcess;
  /** Zero: it has told the message to its end. */
  readonly ended: Promise<number | null>;
  readonly file: string;
  said(): string;
}

export interface SceneWorld {
  readonly program: string;
  readonly folder: string;
  readonly provider: HttpProvider;
}

/** One message of an application of its own, told by processes that die. */
export class Scene {
  static count = 0;
  readonly app = `app${(Scene.count += 1)}`;
  readonly visible = `i-${this.app}.1`;
  readonly senders: Sender[] = [];

  readonly world: SceneWorld;
  readonly redis: RunningRedis;

  constructor(world: SceneWorld, redis: RunningRedis, manner: HttpManner) {
    this.world = world;
    this.redis = redis;
    world.provider.manners.set(this.visible, manner);
  }

  send(more: Partial<SenderOrders> = {}): Sender {
    const { program, folder, provider } = this.world;
    const file = join(folder, `${this.app}.${this.senders.length}`);
    writeFileSync(file, '');
    const orders: SenderOrders = {
      ...{ app: this.app, redis: this.redis.url, provider: provider.url, visible: this.visible },
      ...{ to: `+49${this.app}`, stateDir: null, lease: true, die: '', freeze: false, file, ...more },
    };
    const child = spawn(process.execPath, [program], {
      env: { ...process.env, CANOPY_TEST_ORDERS: JSON.stringify(orders) },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    const sender = { process: child, ended, file, said: () => said };
    this.senders.push(sender);
    return sender;
  }

  async through(sender: Sender): Promise<void> {
    const code = await Promise.race([sender.ended, sleep(60_000, 'late', { ref: false })]);
    expect(code, `${this.app}: ${sender.said()}`).to.equal(0);
  }

  /** What is there in the end: told so often, and nothing is left open. */
  async check(carried: number, words = ''): Promise<void> {
    const about = `${this.app} ${words}\n${this.senders.map((one) => `${one.said()}${readFileSync(one.file, 'utf8')}`).join('--\n')}`;
    expect(this.world.provider.carried.get(this.visible) ?? 0, about).to.equal(carried);
    const url = new Secret(this.redis.url);
    const store = await openRedis({ kind: 'url', url, shown: 'redis', requireAuth: false });
    expect(await messageHistory(store, this.app, 0), about).to.have.length(1);
    await store.close();
    expect(await this.redis.tell('EXISTS', `canopy:${this.app}:taken-over`), about).to.equal(':1');
    const left = await this.redis.tell(
      'EVAL',
      `return #redis.call('KEYS', ARGV[1])`,
      '0',
      `canopy:${this.app}:message:*`,
    );
    expect(left, about).to.equal(':0');
  }

  async end(): Promise<void> {
    for (const { process: child, ended } of this.senders) {
      if (child.exitCode === null && child.pid) endProcess(child.pid);
      await ended;
    }
  }
}

/** So many at once. */
export async function some<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const left = [...all];
  const worker = async (): Promise<void> => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) await work(one);
  };
  await Promise.all(Array.from({ length: 4 }, worker));
}

export function isStopped(pid: number): boolean {
  try {
    return /^\d+ \(.*\) T /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    // It has ended.
    return false;
  }
}
