/** Sockets that systemd has opened (sd_listen_fds): they begin at descriptor 3. Pure. */
const FIRST = 3;
const MOST = 64;

/**
 * Name of a socket to its descriptor. Named ones (`FileDescriptorName=`) by their names; the others stand, in their order,
 * for the names that are left. Empty when the variables are meant for another process, or say nothing.
 */
export function givenSockets(
  env: Readonly<Record<string, string | undefined>>,
  pid: number,
  names: readonly string[],
): ReadonlyMap<string, number> {
  const count = Number(env['LISTEN_FDS'] ?? 0);
  const isOurs = env['LISTEN_PID'] === String(pid);
  if (!isOurs || !Number.isSafeInteger(count) || count < 1 || count > MOST) return new Map();
  const told = (env['LISTEN_FDNAMES'] ?? '').split(':');
  const given = new Map<string, number>();
  const nameless: number[] = [];
  for (let at = 0; at < count; at += 1) {
    const name = told[at] ?? '';
    if (names.includes(name) && !given.has(name)) given.set(name, FIRST + at);
    else nameless.push(FIRST + at);
  }
  for (const name of names) {
    const descriptor = given.has(name) ? undefined : nameless.shift();
    if (descriptor !== undefined) given.set(name, descriptor);
  }
  return given;
}
