/** Units of systemd for the router of this canopy.yml: its service, and the sockets that outlive it. Pure. */
import type { Loaded } from '../config/index.ts';
import type { Address, TrafficConfig } from '../config/types.ts';
import { fail } from '../errors.ts';
import type { Explained } from './answer.ts';

export type Unit = 'service' | 'socket';

/** Throws `no-router`. `unit` is the one that is printed; data has both, and the variables that were not set for it. */
export function explainSystemd({ config, missing }: Loaded, unit: Unit): Explained {
  const { app, traffic } = config;
  if (traffic === null || traffic.balancer !== 'router') throw fail('no-router', {});
  const name = `canopy-router-${app}`;
  const units = { service: serviceUnit(app, name, traffic, missing), socket: socketUnit(app, name, traffic) };
  return { data: { name, ...units, missing }, text: units[unit].trimEnd() };
}

function serviceUnit(
  app: string,
  name: string,
  { listen, admin, stateDir }: TrafficConfig,
  missing: Loaded['missing'],
): string {
  const file = `/etc/canopy/${app}.yml`;
  const low = listen.port < 1024 || admin.listen.port < 1024 ? 'CAP_NET_BIND_SERVICE' : '';
  const state = stateLines(app, stateDir);
  return `# Made by canopy explain systemd: /etc/systemd/system/${name}.service
# docs/traffic.md, "Running the router", tells how it is installed, reloaded, restarted and upgraded.
[Unit]
Description=Canopy router of ${app}
Wants=network-online.target
After=network-online.target
# It is tried again for as long as it takes, also when canopy.yml is no good for a while.
StartLimitIntervalSec=0

[Service]
Type=exec
User=canopy
# CANOPY_STORE=redis://…, CANOPY_TOKEN=…: for root alone (0600), systemd reads it before it becomes the user.
${missing.map((one) => `# Not set where this was printed: ${one.name}, for ${one.path} of canopy.yml.\n`).join('')}EnvironmentFile=-/etc/canopy/${app}.env
${state}ExecStart=canopy router --config ${file}
# New workers, one after the other, with the program and the canopy.yml of now; fails when they do not come up.
ExecReload=canopy router restart --config ${file}
# The primary tells its workers, and has 30 s for what is in flight. Should it die, its workers finish by themselves
# while the next one serves already; any other mode would kill them, or let the next one wait for them.
KillMode=process
TimeoutStopSec=45
Restart=always
RestartSec=1
# When memory is short one worker dies, not all of them; the primary replaces it.
OOMPolicy=continue
LimitNOFILE=65536
${low === '' ? '' : '# Ports below 1024.\n'}AmbientCapabilities=${low}
CapabilityBoundingSet=${low}
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectControlGroups=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictSUIDSGID=yes
LockPersonality=yes
UMask=0077

[Install]
WantedBy=multi-user.target
`;
}

const socketUnit = (app: string, name: string, { listen, admin }: TrafficConfig): string =>
  `# Made by canopy explain systemd --unit socket: /etc/systemd/system/${name}.socket
# systemd keeps the listening sockets of ${name}.service: also a restart of the primary refuses nobody.
# The first address is that of the public side, the second that of the admin port; those in canopy.yml do not count then.
[Unit]
Description=Sockets of the Canopy router of ${app}

[Socket]
ListenStream=${stream(listen)}
ListenStream=${stream(admin.listen)}
Backlog=2048
NoDelay=yes

[Install]
WantedBy=sockets.target
`;

/** Where the state lives: below /var/lib systemd makes the folder, elsewhere it has to be there. */
function stateLines(app: string, folder: string): string {
  const below = /^\/var\/lib\/(.+?)\/*$/.exec(folder)?.[1];
  const byDefault = folder.endsWith(`/.local/state/canopy/${app}`);
  const elsewhere = below === undefined && !byDefault;
  return `# What stands on disk: the share, alerts, drained instances.
Environment=XDG_STATE_HOME=/var/lib
StateDirectory=${below ?? `canopy/${app}`}
${elsewhere ? `# Has to be there, and to belong to the user.\nReadWritePaths=-${folder}\n` : ''}`;
}

/** A bare port or a wildcard stands for both families in systemd; a name is no address. */
function stream({ host, port }: Address): string {
  const plain = host === 'localhost' ? '127.0.0.1' : host.replace(/^\[|\]$/g, '');
  return plain.includes(':') ? `[${plain}]:${port}` : `${plain}:${port}`;
}
