/** Words of plain heads: targets, names and values, with every byte that may stand in them. */
import type { Chance } from '../random.ts';

/** At least one, so that one can be picked. */
export type Words = readonly [string, ...string[]];

export const many = (count: number, one: () => string): string => Array.from({ length: count }, one).join('');

/** Mostly short; now and then as long as the router reads, or a little longer. */
export const length = (chance: Chance): number =>
  chance.hit(0.97) ? chance.int(1, 24) : chance.hit(0.7) ? chance.int(100, 1500) : chance.int(3000, 8300);

/** Every visible byte but `#`. */
export function targetByte(chance: Chance): string {
  const byte = String.fromCharCode(chance.int(0x21, 0x7e));
  return byte === '#' ? '?' : byte;
}

const tchars: Words = [
  '!',
  ..."#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
];
/** Names that a parser looks at, whole or as far as a part of them goes. */
export const special: Words = [
  'Content-Length',
  ...['Transfer-Encoding', 'Connection', 'Proxy-Connection', 'Keep-Alive', 'Upgrade', 'HTTP2-Settings'],
  ...['Expect', 'TE', 'Trailer', 'Host'],
];

export function name(chance: Chance): string {
  if (chance.hit(0.6))
    return chance.pick(['Accept', 'User-Agent', 'cookie', 'X-Request-Id', 'COOKIE', 'Range', 'Via']);
  if (chance.hit(0.8)) return many(length(chance), () => chance.pick(tchars));
  // One that a parser which compares letter by letter could take for it.
  const whole = chance.pick(special);
  return chance.pick([`${whole}s`, `X-${whole}`, whole.slice(0, -1), whole.replace('-', '_'), `${whole}-`]);
}

export function value(chance: Chance): string {
  if (chance.hit(0.5))
    return chance.pick(['*/*', 'a', 'text/html, */*;q=0.8', 'chunked', '0', '"a: b"', 'a  \t b']);
  const visible = (): string =>
    String.fromCharCode(chance.hit(0.7) ? chance.int(0x21, 0x7e) : chance.int(0x80, 0xff));
  const inner = (): string => (chance.hit(0.1) ? chance.pick([' ', '\t']) : visible());
  return `${visible()}${many(length(chance) - 1, inner)}${visible()}`;
}
