import { problem, type Problem } from '../../errors/common.ts';

/** A rule that the file breaks: where, what is wrong, and what to write instead. */
export const rule = (path: string, reason: string, next: string): Problem =>
  problem('config-rule', { path, reason, next }, path);
