/** A plan written to a file, looked at by a person, and applied as it is or not at all. */
import { createHash } from 'node:crypto';
import { fail } from '../errors.ts';
import { rollOut } from './deploy.ts';
import { draft, tellDraft } from './draft.ts';
import { artifactOf, type DeployArtifact } from './context/deploy-artifact.ts';
import type { Draft } from './context/deploy-context.ts';
import { underLease } from './context/lease.ts';
import { differences, documentOf, documentText, readDocument, type PlanDocument } from './plan-document.ts';
import { environmentOf, type Setting } from './context/setting.ts';
import type { DeployOutline } from './report/outline.ts';
import type { DeployReport } from './report/summary.ts';
import { planContext, probeOf, withAudit } from './prepare.ts';

interface PlanFile {
  readonly document: PlanDocument;
  readonly outline: DeployOutline;
  readonly sha256: string;
  /** The command that does what the plan says. */
  readonly apply: string;
}

/** Writes what a deploy would do. Takes no lock and changes no server. */
export async function writePlan(setting: Setting, artifact: string | null, file: string): Promise<PlanFile> {
  const { open, log } = setting;
  const environment = environmentOf(setting.config, setting.environment);
  const files = await open.files();
  await files.prove(file);
  const opened = await artifactOf(setting, artifact);
  const context = await planContext(setting, opened, 'deploy');
  const { instances } = context;
  const drafted = await draft(context);
  tellDraft(drafted, log);
  const document = documentOf(frameOf(setting, opened), drafted);
  const text = documentText(document);
  await files.write(file, text);
  const sha256 = hash(text);
  const apply = `canopy deploy --environment ${environment.name} --apply ${file} --expect ${sha256}`;
  const outline = {
    ...{ plan: drafted.plan, facts: drafted.fleet.facts, environment, instances },
    ...{ isRollback: false, sends: {}, probe: probeOf(setting) },
  };
  return { document, outline, sha256, apply };
}

/** Does what the file says; throws, with nothing touched, when it would be anything else by now. */
export async function applyPlan(
  setting: Setting,
  artifact: string | null,
  { file, expect }: { readonly file: string; readonly expect: string | null },
): Promise<DeployReport> {
  const files = await setting.open.files();
  if (!(await files.exists(file))) throw fail('plan-file', { file, reason: 'there is no such file' });
  const text = await files.read(file);
  const found = hash(text);
  if (expect !== null && expect.toLowerCase() !== found)
    throw fail('plan-hash', { file, found, expected: expect });
  const then = readDocument(text);
  if ('wrong' in then) throw fail('plan-file', { file, reason: then.wrong });
  const opened = await artifactOf(setting, artifact);
  const frame = frameOf(setting, opened);
  const agree = (drafted: Draft): void => {
    const changed = differences(then, documentOf(frame, drafted));
    if (changed.length > 0) throw fail('plan-stale', { file, differences: changed.join('; ') });
  };
  return underLease(setting, `deploy ${opened.shipped.release} by plan`, (lease) =>
    withAudit(setting, lease, { artifact: opened, action: 'deploy' }, (context) => rollOut(context, agree)),
  );
}

const frameOf = ({ config, environment }: Setting, { shipped }: DeployArtifact) => ({
  app: config.app,
  environment,
  release: shipped.release,
  artifact: shipped.archive?.sha256 ?? '',
});

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
