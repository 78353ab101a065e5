/** A cable between this machine's network and that of a namespace. */
import { execFileSync, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';

/** Plugs it in, in a network of 198.18.0.0/15 (for tests) that is free; returns the address at the other end. */
export function plug(link: string, pid: number): string {
  const ip = (...words: string[]): string => execFileSync('ip', words, { encoding: 'utf8', stdio: 'pipe' });
  const there = (...words: string[]): unknown =>
    execFileSync('nsenter', ['--target', String(pid), '--net', 'ip', ...words], { stdio: 'pipe' });
  ip('link', 'add', link, 'type', 'veth', 'peer', 'name', 'host0', 'netns', String(pid));
  const net = drawNet(ip, link);
  ip('link', 'set', link, 'up');
  there('address', 'add', `${net}.2/30`, 'dev', 'host0');
  there('link', 'set', 'host0', 'up');
  return `${net}.2`;
}

/** Gives the link an address that no other link has: another process may draw the same one at this moment. */
function drawNet(ip: (...words: string[]) => string, link: string): string {
  for (;;) {
    const net = `198.${18 + randomInt(2)}.${randomInt(256)}`;
    const holders = (): number => ip('-o', '-4', 'address').split(` ${net}.`).length - 1;
    if (holders() > 0) continue;
    ip('address', 'add', `${net}.1/30`, 'dev', link);
    if (holders() === 1) return net;
    ip('address', 'delete', `${net}.1/30`, 'dev', link);
  }
}

/** Takes it away; works in an exit handler too. */
export function unplug(link: string): void {
  if (existsSync(`/sys/class/net/${link}`)) spawnSync('ip', ['link', 'delete', link]);
}
