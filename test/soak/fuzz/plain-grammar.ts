/** Heads of requests near the border of what the router reads itself: plain ones, bent in a few places. */
import { bendBytes, bendHeaders, bendLine, type Draft } from './plain-bends.ts';
import { length, many, name, targetByte, value } from './plain-words.ts';
import type { Chance } from '../random.ts';

const crlf = '\r\n';
/** One or a few places of a plain head bent, or none; a part of them stay plain. */
export function nearPlain(chance: Chance): string {
  const one: Draft = { line: plainLine(chance), headers: plainHeaders(chance) };
  const bends = chance.hit(0.3) ? 0 : chance.int(1, 3);
  const later: (() => void)[] = [];
  let text = '';
  for (let n = 0; n < bends; n += 1) {
    const kind = chance.int(0, 9);
    if (kind < 2) bendLine(one, chance);
    else if (kind < 6) bendHeaders(one, chance);
    else later.push(() => (text = bendBytes(text, chance)));
  }
  text = `${one.line}${crlf}${one.headers.map((header) => `${header}${crlf}`).join('')}${crlf}`;
  for (const bend of later) bend();
  return text;
}

function plainLine(chance: Chance): string {
  const path = chance.pick([
    () => '/',
    () => '/shop/cart?item=7&n=2',
    () => `/${many(length(chance), () => targetByte(chance))}`,
  ])();
  return `${chance.pick(['GET', 'GET', 'HEAD'])} ${path} HTTP/1.1`;
}

function plainHeaders(chance: Chance): string[] {
  const count = chance.hit(0.98) ? chance.int(0, 5) : chance.int(20, 400);
  const headers = Array.from({ length: count }, () => `${name(chance)}: ${value(chance)}`);
  if (chance.hit(0.2)) headers.push(`Connection: ${chance.pick(['keep-alive', 'Keep-Alive'])}`);
  headers.splice(chance.int(0, headers.length), 0, `${chance.pick(['Host', 'host', 'HOST'])}: shop.example`);
  return headers;
}
