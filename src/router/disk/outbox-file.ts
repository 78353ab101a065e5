/** Entries for the audit stream that wait on this machine's disk: they outlast the process. */
import type { Log } from '../../ports/ports.ts';
import { readEntries } from '../../record/entry-list.ts';
import { byName, line, list, object } from '../../record/fields.ts';
import { defineRecord, type Schema } from '../../record/record.ts';
import { openProcessFile, type LeftEntries, type ProcessFile } from '../../shared/files/process-file.ts';

export interface OutboxRecord {
  /** Names the entry until the stream has given it an id. */
  readonly ref: string;
  readonly fields: Readonly<Record<string, string>>;
}

const LONGEST = 100_000_000;
const text = line(1_000_000);
/** The audit stream's reader judges the fields. */
const entry: Schema<OutboxRecord> = object({ ref: text, fields: byName(() => true, text, 1000) });

export const outboxRecord = defineRecord<readonly OutboxRecord[]>({
  name: 'the entries that wait for the audit stream',
  schema: list(entry, 100_000),
  longest: LONGEST,
});

export const openOutboxFile = (folder: string, log: Log): ProcessFile<OutboxRecord> =>
  openProcessFile({
    folder,
    prefix: 'audit',
    what: 'audit entries',
    nameOf: ({ ref }) => ref,
    format: (entries) => outboxRecord.format(entries),
    parse: parseOutboxFile,
    warn: (said) => log.warn(said),
  });

/** What can be read of a spool. */
export const parseOutboxFile = (written: string): LeftEntries<OutboxRecord> =>
  readEntries(entry, written, LONGEST);
