/** A router of another library as its users write it: `node --import tsx router-peer.ts NAME FOLDER PORT STABLE,STABLE CANARY`. */
import { Agent, createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [name = '', folder = '', port = '', stable = '', canary = ''] = process.argv.slice(2);
const load = createRequire(join(folder, 'package.json'));
const url = (to: string): string => `http://127.0.0.1:${to}`;
const [one = '', two = ''] = stable.split(',').map(url);
let turn = 0;

/** A quarter to the canary; what this costs is next to nothing. */
function next(): string {
  turn = (turn + 1) % 8;
  return turn < 2 ? url(canary) : turn % 2 === 0 ? one : two;
}

interface HttpProxy {
  web(req: IncomingMessage, res: ServerResponse, options: { readonly target: string }): void;
  on(event: 'error', heard: (error: Error, req: IncomingMessage, res: ServerResponse) => void): void;
}

interface Fastify {
  register(plugin: unknown, options: object): void;
  listen(at: { readonly host: string; readonly port: number }): Promise<string>;
}

if (name === 'http-proxy') {
  const { createProxyServer } = load('http-proxy') as { createProxyServer: (options: object) => HttpProxy };
  const proxy = createProxyServer({ xfwd: true, agent: new Agent({ keepAlive: true }) });
  proxy.on('error', (_error, _req, res) => void res.writeHead(502).end());
  createServer((req, res) => proxy.web(req, res, { target: next() })).listen(Number(port), '127.0.0.1');
} else {
  const fastify = (load('fastify') as (options: object) => Fastify)({ logger: false });
  fastify.register(load('@fastify/http-proxy'), {
    upstream: '',
    disableRequestLogging: true,
    replyOptions: {
      getUpstream: next,
      rewriteRequestHeaders: (request: { ip: string }, headers: object) => ({
        ...headers,
        'x-forwarded-for': request.ip,
      }),
    },
  });
  await fastify.listen({ host: '127.0.0.1', port: Number(port) });
}
