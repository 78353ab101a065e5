import { entry } from './kit/entry.ts';

export const storeErrors = {
  'store-unreachable': entry<{ url: string; reason: string; advice?: string }>(
    1,
    (d) => `the store at ${d.url} does not answer: ${d.reason}`,
    (d) =>
      `${d.advice ?? 'is Redis running there?'}; store in canopy.yml or CANOPY_STORE says where it is; try: redis-cli -u <url> ping`,
    true,
  ),
  'store-auth': entry<{ url: string; reason: string }>(
    2,
    (d) => `the store at ${d.url} refused the password: ${d.reason}`,
    () => `put the password into the URL in CANOPY_STORE: redis://:password@host:6379/0`,
  ),
  'store-readonly': entry<{ url: string }>(
    1,
    (d) => `the store at ${d.url} takes no writes: it is a replica, or its disk is full`,
    () => `point store at the master, or use { sentinels, name }`,
    true,
  ),
  'store-refused': entry<{ url: string; reason: string }>(
    1,
    (d) => `the store at ${d.url} refused a command: ${d.reason}`,
    () =>
      `may this user of Redis do that (ACL), and is there memory left? try: redis-cli -u <url> info memory`,
  ),
  'store-no-password': entry<{ url: string }>(
    2,
    (d) => `the store at ${d.url} asks for no password, and store.requireAuth is true`,
    () => `set requirepass (or an ACL user) in Redis and put it into CANOPY_STORE`,
  ),
  'store-replaced': entry<Record<string, never>>(
    1,
    () => `the store is changing its server: whether it keeps what it was told is not known`,
    () => `wait until the failover is over (redis-cli -p 26379 sentinel masters), then run the same again`,
    true,
  ),
  'store-record': entry<{ key: string; reason: string; next?: string }>(
    1,
    (d) => `the record ${d.key} in the store is not one of ours: ${d.reason}`,
    (d) =>
      `look at it (redis-cli get ${d.key}); nothing in it was carried out${d.next === undefined ? '' : `; ${d.next}`}`,
  ),
};
