/** A real HAProxy in front of the instances of a traffic world, with the haproxy.cfg that canopy explain prints. */
import { join } from 'node:path';
import { fitted, settingsIn, startHaproxy, type RunningHaproxy } from '../../support/services/haproxy.ts';
import { startTrafficWorld, type TrafficWorld } from './traffic-world.ts';

export interface FrontedWorld {
  readonly traffic: TrafficWorld;
  readonly haproxy: RunningHaproxy;
  /** Who HAProxy says is out. */
  out(): Promise<readonly string[]>;
  /** How its servers were set; their health is not in it. */
  settings(): Promise<readonly string[]>;
  stop(): Promise<void>;
}

type More = NonNullable<Parameters<typeof startTrafficWorld>[0]>;

export async function startFrontedWorld(more: More = {}, sticky = 'none'): Promise<FrontedWorld> {
  const traffic = await startTrafficWorld(more);
  const { folder, sshd } = traffic.world;
  const socket = join(folder, 'admin.sock');
  const host = `${sshd.user}@${sshd.host}:${sshd.port}`;
  traffic.use(`sticky: ${sticky}
  balancer: { haproxy: { hosts: ["${host}"], socket: ${socket} } }`);
  try {
    const { json, stderr } = await traffic.canopy('explain', 'haproxy');
    if (!json?.ok) throw new Error(stderr);
    const haproxy = await startHaproxy(folder, socket, fitted(String(json.data.file), folder));
    return {
      traffic,
      haproxy,
      out: async () => {
        const rows = (await haproxy.tell('show stat shop 4 -1')).split('\n').map((row) => row.split(','));
        return rows.filter((cells) => cells[17]?.startsWith('MAINT')).map((cells) => cells[1] ?? '');
      },
      settings: async () => settingsIn(await haproxy.tell('show servers state shop')),
      async stop() {
        await haproxy.stop();
        await traffic.stop();
      },
    };
  } catch (error) {
    await traffic.stop();
    throw error;
  }
}
