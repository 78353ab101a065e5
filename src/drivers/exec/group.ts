/** Ends a process group: asks first, then insists. */
import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long a group may take to end after SIGTERM, and the system to take it away after SIGKILL, in milliseconds. */
const grace = 5000;
const afterKill = 2000;

/** SIGTERM to all of the group, SIGKILL to what is left after the grace. Resolves at once when nothing lives. */
export async function endGroup(group: number): Promise<void> {
  if (!Number.isSafeInteger(group) || group <= 1) throw new TypeError(`no process group: ${group}`);
  if (!send(group, 'SIGTERM')) return;
  if (await gone(group, grace)) return;
  send(group, 'SIGKILL');
  await gone(group, afterKill);
}

async function gone(group: number, withinMs: number): Promise<boolean> {
  const end = Date.now() + withinMs;
  let pause = 5;
  while (send(group, 0) && livesOn(group)) {
    if (Date.now() >= end) return false;
    await sleep(pause);
    pause = Math.min(pause * 2, 100);
  }
  return true;
}

/** False when there is no such group, or when all of it belongs to others. */
function send(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ESRCH' || code === 'EPERM') return false;
    throw error;
  }
}

/** Dead processes that nobody has collected still count for `kill`: in a container without init they stay for ever. */
function livesOn(group: number): boolean {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return processes.length === 0 || processes.some((pid) => belongs(pid, group));
}

function belongs(pid: string, group: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // After the name in brackets, which may hold anything: state, parent, group.
    const [state, , pgrp] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(pgrp) === group && state !== 'Z' && state !== 'X';
  } catch (error) {
    // It ended while we looked.
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return false;
    throw error;
  }
}
