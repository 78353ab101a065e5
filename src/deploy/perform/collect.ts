/** What a failed instance says of itself, read before anything covers it. */
import { runtimeOf } from '../../commands/runtime.ts';
import type { Instance } from '../../config/types.ts';
import { CanopyError } from '../../errors.ts';
import { cut } from '../../shared/text/line.ts';
import type { Evidence } from '../model/actions.ts';
import { hostOf } from '../servers/change.ts';
import type { Stage } from './stage.ts';

const lines = 40;

/** Never throws for what the server does: a log that cannot be read is a line that says so. */
export async function collect(stage: Stage, instance: Instance): Promise<Evidence> {
  return { log: await logOf(stage, instance), answers: stage.answers.get(instance.name) ?? [] };
}

async function logOf(stage: Stage, instance: Instance): Promise<readonly string[]> {
  const command = runtimeOf(instance).log(lines);
  if (command === null) return ['(no log: name one by service.log)'];
  const title = 'read the log of the service';
  try {
    const ran = await hostOf(stage, instance).run({ command, effect: 'check', title, timeoutMs: 20_000 });
    if (ran.assumed) return [];
    if (ran.code !== 0) return [`(no log: ${cut(ran.stderr.trim() || `exit code ${ran.code}`, 200)})`];
    return ran.stdout
      .split('\n')
      .filter((line) => line !== '')
      .slice(-lines)
      .map((line) => cut(line, 500));
  } catch (error) {
    if (!(error instanceof CanopyError)) throw error;
    return [`(no log: ${error.message})`];
  }
}
