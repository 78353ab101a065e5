/** The sections of what runs by itself. They are loaded only for a file that has one of them (config/file/operate.ts). */
import * as v from 'valibot';
import type { WrittenOf } from '../fields/section.ts';
import { watch, type WatchConfig } from './watch/watch.ts';

export const operateEntries = {
  watch: v.optional(watch.schema),
};
export interface OperateWritten {
  readonly watch?: WrittenOf<typeof watch> | undefined;
}

/** What they mean. */
export interface OperateConfig {
  readonly watch: WatchConfig | null;
}
