import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../temp.ts';
import { waitFor } from '../wait-for.ts';

export interface RunningPrometheus {
  readonly url: string;
  /** `user:password` that every request needs. */
  readonly login: string;
  /** SIGSTOP and SIGCONT: it is there and does not answer. */
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}

const login = 'gate:sword_of_the_gate';
/** Its password by bcrypt, the only hash that Prometheus takes. */
const hash = '$2b$04$abcdefghijklmnopqrstuucU0xEBj9rVV13LuHpWnkGyOmlN3rwwy';

/** A Prometheus on 127.0.0.1 that reads the target (`host:port`) each second. It does not outlive this process. */
export async function startPrometheus(target: string): Promise<RunningPrometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'canopy-prometheus-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  writeFileSync(
    join(folder, 'prometheus.yml'),
    `global: { scrape_interval: 1s }\nscrape_configs: [{ job_name: shop, static_configs: [{ targets: ["${target}"] }] }]\n`,
  );
  writeFileSync(join(folder, 'web.yml'), `basic_auth_users: { gate: "${hash}" }\n`);
  let output = '';
  const child: ChildProcess = spawn(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--web.config.file=${join(folder, 'web.yml')}`,
      `--storage.tsdb.path=${join(folder, 'tsdb')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const killNow = (): void => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', killNow);
  const heard = (chunk: Buffer): void => void (output = (output + chunk.toString()).slice(-4000));
  child.stdout?.on('data', heard);
  child.stderr?.on('data', heard);
  child.on('error', (error) => (output += error.message));
  const stop = async (): Promise<void> => {
    process.off('exit', killNow);
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
      const ended = once(child, 'exit');
      child.kill('SIGCONT');
      child.kill('SIGTERM');
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  };
  const authorization = `Basic ${Buffer.from(login).toString('base64')}`;
  try {
    await waitFor(
      'a Prometheus that has read its target',
      async () => {
        if (child.exitCode !== null) throw new Error(`prometheus ended: ${output}`);
        const answer = await fetch(`${url}/api/v1/query?query=up`, { headers: { authorization } });
        return (await answer.text()).includes(',"1"]');
      },
      30_000,
    );
  } catch (error) {
    await stop();
    throw new Error(`${(error as Error).message}: ${output}`, { cause: error });
  }
  return {
    url,
    login,
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    stop,
  };
}
