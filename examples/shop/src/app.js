import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import Fastify from 'fastify';
import { items, priceOf } from './catalogue.js';
import { headline, page } from './page.js';

const order = {
  type: 'object',
  required: ['item', 'count'],
  properties: { item: { type: 'string' }, count: { type: 'integer', minimum: 1, maximum: 100 } },
};

/** The web application. `flag` answers whether a feature is on. */
export async function buildApp({ settings, flag, logger = false, lingerMs = 0 }) {
  const app = Fastify({
    logger,
    // Longer than any balancer keeps an idle connection: it is the balancer that closes, so no request meets a closed one.
    keepAliveTimeout: 65_000,
    // While it stops it still answers what reaches it, and asks for the connection to be closed.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
  });
  const style = await readFile(new URL('../public/style.css', import.meta.url), 'utf8');
  let stopping = false;
  app.addHook('preClose', async () => {
    stopping = true;
    // For a moment busy connections end with an answer that says so; after it only idle ones are left to close.
    await sleep(lingerMs);
  });

  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-release', settings.release).header('x-instance', settings.instance);
    if (stopping) reply.header('connection', 'close');
  });

  app.get('/health', async (request, reply) => {
    const problem = stopping ? 'it is stopping' : null;
    if (problem) reply.code(503);
    return {
      ok: problem === null,
      ...(problem && { problem }),
      release: settings.release,
      instance: settings.instance,
    };
  });

  app.get('/', async (request, reply) => {
    reply.type('text/html; charset=utf-8');
    return page({ release: settings.release, instance: settings.instance, checkout: await flag('checkout') });
  });

  app.get('/style.css', async (request, reply) => {
    reply.type('text/css; charset=utf-8');
    return style;
  });

  app.get('/api/items', async () => ({ headline, items }));

  app.post('/api/orders', { schema: { body: order } }, async (request, reply) => {
    const { item, count } = request.body;
    const cents = priceOf(item);
    if (cents === null) return reply.code(404).send({ problem: `there is no item "${item}"` });
    return reply.code(201).send({ item, count, cents: cents * count });
  });

  return app;
}
