import type { GateStates } from '../../src/gates/decide.ts';
import { readConfig } from '../../src/config/index.ts';
import { openExec } from '../../src/drivers/exec/exec.ts';
import { openHttp } from '../../src/drivers/http.ts';
import { recordingExec, recordingHttp } from '../../src/drivers/recording.ts';
import {
  openGates,
  verdictOf,
  type GateContext,
  type Gates,
  type GatesVerdict,
} from '../../src/gates/index.ts';
import { createRedactor } from '../../src/step/redact/redact.ts';
import { quietLog } from '../support/quiet-log.ts';
import { recorder } from '../support/recorder.ts';

export const context: GateContext = {
  app: 'shop',
  release: '20261121-1',
  environment: 'canary',
  weight: 5,
  step: 1,
  startedAt: Date.UTC(2026, 10, 21, 12),
};

export interface World {
  readonly gates: Gates;
  readonly lines: readonly string[];
  /** Asks at that second, and judges. */
  at(second: number, change?: Partial<GateContext>): Promise<GatesVerdict>;
}

/** Gates as canopy.yml has them, over the real drivers. */
export function world(
  yaml: string,
  options: {
    folder?: string;
    stored?: GateStates | null;
    signal?: AbortSignal;
    env?: Record<string, string>;
    dryRun?: boolean;
    /** Beside those of canopy.yml. */
    secret?: string;
  } = {},
): World {
  const { folder = '/', stored, signal, env = {}, dryRun = false, secret = '' } = options;
  const text = `app: shop\ncanary:\n  gates:\n${yaml.trim().replace(/^ */gm, '    - ')}\n`;
  const { config, secrets } = readConfig(text, `${folder}/canopy.yml`, { HOME: '/', ...env });
  const mask = createRedactor();
  for (const one of [...secrets, secret]) mask.add(one);
  const log = quietLog();
  const http = openHttp();
  const exec = openExec({ env: { PATH: process.env['PATH'], ...env }, hide: [] });
  const ports = {
    http: async () => (dryRun ? recordingHttp(http, recorder(log)) : http),
    exec: async () => (dryRun ? recordingExec(exec, recorder(log)) : exec),
    log,
    masked: mask,
    folder,
    ...(signal ? { signal } : {}),
  };
  const gates = openGates(config.canary.gates, ports, stored);
  const at = async (second: number, change: Partial<GateContext> = {}): Promise<GatesVerdict> =>
    verdictOf(await gates.ask({ ...context, ...change }, 1_800_000_000_000 + second * 1000));
  return { gates, lines: log.lines, at };
}
