import { buildApp } from './app.js';
import { createFlags } from './flags.js';
import { connectRedis } from './redis.js';
import { settingsFrom } from './settings.js';

const settings = settingsFrom(process.env);
const log = { info: (text) => console.log(text), warn: (text) => console.warn(text) };
const redis = connectRedis(settings.redisUrl, log);
const app = await buildApp({ settings, flag: createFlags(redis), logger: { level: 'warn' }, lingerMs: 200 });

let stopping = false;
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.on(signal, async () => {
    if (stopping) return;
    stopping = true;
    log.info(`${signal}: finishing the requests in flight`);
    await app.close();
    redis.close();
    // The client of a store that is away may wait for its next attempt: nothing is left that this could lose.
    process.exit(0);
  });
}

await app.listen({ host: settings.host, port: settings.port });
const { port } = app.server.address();
log.info(`release ${settings.release} of ${settings.instance} listens on ${settings.host}:${port}`);
