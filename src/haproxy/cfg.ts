/** A haproxy.cfg to begin with, or to take parts from: every line that Canopy relies on says why. Pure. */
import { serverOf } from '../config/fields/choices.ts';
import type { HaproxyConfig } from '../config/types.ts';
import type { Config, Instance, TrafficConfig } from '../config/types.ts';
import { parseUrl } from '../shared/url/parse-url.ts';

/** Text of the file, and the instances that have no url to make a server of. */
export function cfgOf(config: Config, haproxy: HaproxyConfig): { text: string; lacking: readonly string[] } {
  const traffic = config.traffic as TrafficConfig;
  const of = (name: string | null): readonly Instance[] =>
    name === null ? [] : (config.environments[name]?.instances ?? []);
  const [stable, canary] = [of(traffic.stable), of(traffic.canary)];
  const line = (instance: Instance, more: string): string | null => {
    const url = instance.url === null ? null : parseUrl(instance.url);
    if (!url) return null;
    const address = `${url.hostname}:${url.port || (url.protocol === 'https:' ? '443' : '80')}`;
    const name = serverOf(haproxy.servers, instance.name);
    const tls = url.protocol === 'https:' ? ' ssl verify required ca-file @system-ca' : '';
    return `    server ${name} ${address}${tls}${cookieOf(traffic, name)}${more}`;
  };
  const all = [...stable, ...canary];
  const text = [
    ...globalPart(haproxy),
    ...frontend(traffic, haproxy),
    ...backend(traffic, haproxy),
    `    # ${traffic.stable}`,
    ...stable.flatMap((one) => line(one, '') ?? []),
    ...(canary.length > 0
      ? [
          `    # ${traffic.canary ?? ''}: disabled, so that a start without the state file sends it nothing until Canopy says so`,
          ...canary.flatMap((one) => line(one, ' disabled') ?? []),
        ]
      : []),
    '',
  ].join('\n');
  return { text, lacking: all.filter((one) => line(one, '') === null).map(({ name }) => name) };
}

const stateFile = '/var/lib/haproxy/server-state';

function globalPart({ socket }: HaproxyConfig): string[] {
  const isPath = socket.startsWith('/');
  return [
    '# Made by canopy explain haproxy. What Canopy needs is marked with "Canopy:".',
    'global',
    '    user haproxy',
    '    group haproxy',
    '    # Canopy: weights and states are set here; whoever may write to it may do everything, so: group and mode.',
    isPath
      ? `    stats socket ${socket} mode 660 user root group haproxy level admin expose-fd listeners`
      : `    stats socket ${socket} level admin`,
    '    stats timeout 30s',
    '    # Canopy: weights and states outlive a reload. Saved before it, with systemd:',
    '    #   /etc/systemd/system/haproxy.service.d/state.conf',
    '    #   [Service]',
    '    #   ExecReload=',
    isPath
      ? `    #   ExecReload=/bin/sh -c 'echo "show servers state" | socat - UNIX-CONNECT:${socket} > ${stateFile}'`
      : `    #   ExecReload=/bin/sh -c 'echo "show servers state" | socat - TCP:${socket} > ${stateFile}'`,
    '    #   ExecReload=/usr/sbin/haproxy -Ws -f $CONFIG -c -q $EXTRAOPTS',
    '    #   ExecReload=/bin/kill -USR2 $MAINPID',
    `    server-state-file ${stateFile}`,
    '',
    'defaults',
    '    mode http',
    '    timeout connect 2s',
    '    timeout client 60s',
    '    timeout server 60s',
    '    timeout http-request 20s',
    '    # A connection that does not come about is tried at another server.',
    '    retries 3',
    '    option redispatch',
    '    # Canopy: with server-state-file.',
    '    load-server-state-from-file global',
    '',
  ];
}

function frontend({ listen }: TrafficConfig, { backend: name }: HaproxyConfig): string[] {
  const at = listen.host === '0.0.0.0' ? '*' : listen.host.includes(':') ? `[${listen.host}]` : listen.host;
  return [
    `frontend ${name}-in`,
    `    bind ${at}:${listen.port}`,
    '    option forwardfor',
    `    default_backend ${name}`,
    '',
  ];
}

function backend(traffic: TrafficConfig, { backend: name }: HaproxyConfig): string[] {
  const { path, everyMs, timeoutMs, rise, fall } = traffic.health;
  const ms = (value: number): string => `${Math.max(50, Math.round(value))}ms`;
  return [
    `backend ${name}`,
    '    # Canopy: roundrobin meets a share exactly; with static-rr weights cannot change, with leastconn they are a hint.',
    '    balance roundrobin',
    ...persistence(traffic),
    `    option httpchk GET ${path}`,
    `    timeout check ${ms(timeoutMs)}`,
    '    # Canopy: an instance that comes back waits for "rise" checks, fastinter apart: so soon a deploy goes on.',
    '    # No "on-marked-down shutdown-sessions": it cuts requests of an instance that Canopy takes out.',
    `    default-server check inter ${ms(everyMs)} fastinter ${ms(everyMs / 5)} downinter ${ms(everyMs / 2)} rise ${rise} fall ${fall} init-addr last,libc,none`,
  ];
}

const named = ({ sticky }: TrafficConfig): string => sticky.slice(sticky.indexOf(':') + 1);

function persistence(traffic: TrafficConfig): string[] {
  const { sticky } = traffic;
  if (sticky === 'none') return [];
  if (sticky === 'cookie')
    return ['    # traffic.sticky: cookie', '    cookie CANOPYSERVER insert indirect nocache httponly'];
  const fetch = sticky.startsWith('header:') ? `req.hdr(${named(traffic)})` : `req.cook(${named(traffic)})`;
  return [
    `    # traffic.sticky: ${sticky}`,
    '    stick-table type string len 64 size 100k expire 1h',
    `    stick on ${fetch}`,
  ];
}

const cookieOf = ({ sticky }: TrafficConfig, server: string): string =>
  sticky === 'cookie' ? ` cookie ${server}` : '';
