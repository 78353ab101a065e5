/** A cable between this machine's network and that of a namespace. */
import { execFileSync, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';

/** Plugs it in, in the network of 198.18.0.0/15 (for tests) that is free; returns the address at the other end. */
export function plug(link: string, pid: number): string {
  const taken = execFileSync('ip', ['-o', '-4', 'address'], { encoding: 'utf8' });
  const draw = (): string => `198.${18 + randomInt(2)}.${randomInt(256)}`;
  let net = draw();
  while (taken.includes(` ${net}.`)) net = draw();
  const ip = (...words: string[]): unknown => execFileSync('ip', words, { stdio: 'pipe' });
  const there = (...words: string[]): unknown =>
    execFileSync('nsenter', ['--target', String(pid), '--net', 'ip', ...words], { stdio: 'pipe' });
  ip('link', 'add', link, 'type', 'veth', 'peer', 'name', 'host0', 'netns', String(pid));
  ip('address', 'add', `${net}.1/30`, 'dev', link);
  ip('link', 'set', link, 'up');
  there('address', 'add', `${net}.2/30`, 'dev', 'host0');
  there('link', 'set', 'host0', 'up');
  return `${net}.2`;
}

/** Takes it away; works in an exit handler too. */
export function unplug(link: string): void {
  if (existsSync(`/sys/class/net/${link}`)) spawnSync('ip', ['link', 'delete', link]);
}
