/** HTTP around an api: bodies of a limited size, limits of time, JSON answers, and the log of what went wrong. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Log } from '../ports/ports.ts';
import { messageOf } from '../shared/text/thrown.ts';
import { answerTo, refusalOf, type Api, type ApiRequest } from './api.ts';
import { refusal, type Reply } from './reply.ts';

interface HttpServerSetup<Right extends string, Ports> {
  readonly api: Api<Right, Ports>;
  readonly log: Log;
  /** In the log: `the admin port`, and whose log it is: `the router`. */
  readonly name: string;
  readonly owner: string;
  /** A whole request has to come within this. */
  readonly requestMs?: number;
  /** More connections are closed at once; absent: as many as come. */
  readonly maxConnections?: number;
}

interface HttpServer<Right extends string> {
  /** Not listening yet; what else speaks on it (a WebSocket) may be attached. */
  readonly server: Server;
  /** For a handshake: refuses it with an answer of its own; false: it may go on. */
  refuses(right: Right, request: IncomingMessage): Reply | null;
}

export function openHttpServer<Right extends string, Ports>({
  api,
  log,
  name,
  owner,
  requestMs = 10_000,
  maxConnections,
}: HttpServerSetup<Right, Ports>): HttpServer<Right> {
  const failed = ({ method, path }: ApiRequest, error: unknown): Reply => {
    log.warn(`${name} failed at ${method} ${path.split('?')[0] ?? ''}: ${messageOf(error)}`);
    return refusal(500, 'internal', 'this did not work', `the log of ${owner} says why`);
  };
  const limits = { requestTimeout: requestMs, headersTimeout: requestMs };
  const server = createServer(limits, (req, res) => {
    const request = requestOf(req);
    answerTo(api, request)
      .catch((error: unknown) => failed(request, error))
      .then(
        (reply) => send(reply, req, res),
        (error: unknown) => log.warn(`${name} could not answer: ${messageOf(error)}`),
      );
  });
  if (maxConnections !== undefined) server.maxConnections = maxConnections;
  return { server, refuses: (right, req) => refusalOf(api, right, requestOf(req)) };
}

function requestOf(req: IncomingMessage): ApiRequest {
  const { authorization, host, origin, cookie } = req.headers;
  return {
    method: req.method ?? '',
    path: req.url ?? '',
    headers: { authorization, host, origin, cookie },
    address: req.socket.remoteAddress ?? 'unknown',
    body: (limit) => bodyOf(req, limit),
  };
}

function send({ status, headers, body }: Reply, req: IncomingMessage, res: ServerResponse): void {
  const bytes = typeof body === 'string' || Buffer.isBuffer(body) ? body : `${JSON.stringify(body)}\n`;
  const type = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' };
  // A body that was not read must not be taken for the next request.
  const close = req.complete ? {} : { connection: 'close' };
  res.writeHead(status, { ...type, ...headers, ...close, 'content-length': Buffer.byteLength(bytes) });
  res.end(req.method === 'HEAD' ? undefined : bytes);
}

/** Null when it is longer. */
function bodyOf(req: IncomingMessage, limit: number): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    req.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > limit) {
        req.pause();
        resolve(null);
      } else chunks.push(chunk);
    });
    req.once('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    req.once('error', reject);
  });
}
