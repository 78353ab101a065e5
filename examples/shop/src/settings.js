/** What the environment says. Canopy writes CANOPY_RELEASE and CANOPY_INSTANCE; the rest stands in canopy.yml. */
export function settingsFrom(env) {
  const port = Number(env.PORT ?? 3000);
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    throw new Error(`PORT is "${env.PORT}": a number from 0 to 65535 is needed`);
  }
  return {
    host: env.HOST ?? '0.0.0.0',
    port,
    redisUrl: env.REDIS_URL ?? 'redis://127.0.0.1:6379/0',
    release: env.CANOPY_RELEASE ?? 'development',
    instance: env.CANOPY_INSTANCE ?? 'local',
  };
}
