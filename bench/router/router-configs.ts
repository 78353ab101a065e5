/** Configurations of the programs beside which the router is measured: each with the same three instances, a quarter to the canary. */
import { join } from 'node:path';

export interface Behind {
  readonly stable: readonly [number, number];
  readonly canary: number;
}

/** An instance: HAProxy that answers each request by itself with 1 KB. */
export function instanceConfig(port: number): string {
  return `global
    nbthread 1
    maxconn 4096
defaults
    mode http
    timeout client 120s
    timeout connect 3s
    timeout server 120s
frontend instance
    bind 127.0.0.1:${port}
    http-request return status 200 content-type application/octet-stream string "${'x'.repeat(1024)}"
`;
}

export function haproxyConfig(
  port: number,
  socket: string,
  every: string,
  { stable, canary }: Behind,
): string {
  const [one, two] = stable;
  const server = (name: string, to: number, weight: number): string =>
    `    server ${name} 127.0.0.1:${to} weight ${weight} check inter ${every} rise 1 fall 3\n`;
  return `global
    nbthread 1
    maxconn 4096
    stats socket ${socket} mode 600 level admin
defaults
    mode http
    timeout client 120s
    timeout connect 3s
    timeout server 120s
    option forwardfor
    option redispatch
    retries 3
    retry-on conn-failure empty-response response-timeout
frontend public
    bind 127.0.0.1:${port}
    default_backend shop
backend shop
    balance roundrobin
${server('web-1', one, 75)}${server('web-2', two, 75)}${server('canary-1', canary, 50)}`;
}

export function nginxConfig(port: number, folder: string, { stable, canary }: Behind): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `  ${name}_temp_path ${join(folder, name)};\n`)
    .join('');
  const kept = 'keepalive 64; keepalive_requests 100000000;';
  return `daemon off;
master_process off;
pid ${join(folder, 'nginx.pid')};
error_log stderr crit;
events { worker_connections 2048; }
http {
${temporary}  access_log off;
  keepalive_requests 100000000;
  upstream stable { server 127.0.0.1:${stable[0]}; server 127.0.0.1:${stable[1]}; ${kept} }
  upstream canary { server 127.0.0.1:${canary}; ${kept} }
  split_clients "$connection $connection_requests" $arm { 25% canary; * stable; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://$arm;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }
  }
}
`;
}

/** With a policy that knows weights, or in turn over each instance as often as it weighs: 3, 3 and 2. */
export function caddyConfig(port: number, weighted: boolean, { stable, canary }: Behind): string {
  const [one, two] = stable;
  const ports = weighted ? [one, two, canary] : [one, two, canary, one, two, canary, one, two];
  return `{
	admin off
	auto_https off
}
http://:${port} {
	bind 127.0.0.1
	reverse_proxy ${ports.map((to) => `127.0.0.1:${to}`).join(' ')} {
		lb_policy ${weighted ? 'weighted_round_robin 3 3 2' : 'round_robin'}
		health_uri /
		health_interval 1s
	}
}
`;
}
