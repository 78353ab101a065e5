import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { manifestText, parseManifest, type Manifest } from '../../../src/artifact/parse.ts';
import { readJournal, writeJournal } from '../../../src/deploy/journal/journal.ts';
import { differences, documentText, readDocument } from '../../../src/deploy/plan-document.ts';

const stored = (name: string): string =>
  readFileSync(join(import.meta.dirname, '../../cases/records', `${name}.json`), 'utf8');
const indented = (text: string, by: number): string => `${JSON.stringify(JSON.parse(text), null, by)}\n`;

/** Texts that 0.1.0 has written with all that can stand in them: the version before reads whatever has just this form. */
describe('what an earlier version has stored', () => {
  it('is a journal that is read, and written as the same text', () => {
    const text = JSON.stringify(JSON.parse(stored('journal')));
    const journal = readJournal(text, 'canopy:shop:deploy:production');
    expect(writeJournal(journal)).to.equal(text);
    expect(journal.plan.tracks.map(({ astray, stopped, back }) => [astray, stopped, back])).to.deep.equal([
      ['newer', undefined, undefined],
      [undefined, true, true],
    ]);
    expect(journal.records.find(({ kind }) => kind === 'ready')).to.deep.equal({
      ...{ kind: 'ready', instance: 'web-1', result: 'ok', unconfirmed: true },
    });
  });

  it('is a plan in a file that is read, and written as the same text', () => {
    const text = indented(stored('plan'), 2);
    const plan = readDocument(text);
    if ('wrong' in plan) throw new Error(plan.wrong);
    expect(documentText(plan)).to.equal(text);
  });

  it('is the same plan whatever the order of its keys', () => {
    const plan = readDocument(stored('plan'));
    if ('wrong' in plan) throw new Error(plan.wrong);
    const turned = plan.plan.tracks.map((track) => Object.fromEntries(Object.entries(track).reverse()));
    const now = { ...plan, plan: { ...plan.plan, tracks: turned as unknown as typeof plan.plan.tracks } };
    expect(differences(plan, now)).to.deep.equal([]);
    expect(differences(plan, { ...now, plan: { ...now.plan, maxFailures: 1 } })).to.have.length(1);
  });

  it('is the manifest of an artifact that is read, and written as the same text', () => {
    const text = indented(stored('manifest'), 1);
    const manifest = parseManifest(text) as Manifest;
    expect(manifestText(manifest)).to.equal(text);
    const odd = { ...manifest, branch: 'one\ntwo', build: { number: null, url: 'x'.repeat(2000) } };
    const again = parseManifest(manifestText(odd)) as Manifest;
    expect([again.branch, again.build.url?.length]).to.deep.equal(['one two', 1000]);
  });
});
