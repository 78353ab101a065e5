/** The mark on a server that the `once` hook of a release has run: `.canopy/once-<id>`, gone when the release is deleted. */
import { and, argv, script, when, write, type Command } from '../core/command.ts';
import type { ReleaseFiles } from './release-folder.ts';

const markOf = ({ path, id }: ReleaseFiles): string => `${path}/.canopy/once-${id}`;

/** What is printed in place of running it again. */
export const onceDone = ({ id }: ReleaseFiles): string => `once has run already for ${id}`;

/** Runs the command and marks the release when it succeeded; where the mark is, that is said and nothing is run. */
export const once = (release: ReleaseFiles, by: string, command: Command): Command =>
  when(
    argv('test', '-s', markOf(release)),
    argv('echo', onceDone(release)),
    and(command, markOnce(release, by)),
  );

/** Only says whether the mark is there. */
export const askOnce = (release: ReleaseFiles): Command =>
  script('[ ! -s "$1" ] || echo "$2"', markOf(release), onceDone(release));

/** `by`: the deploy's id, for people who look. */
export const markOnce = (release: ReleaseFiles, by: string): Command => write(markOf(release), `${by}\n`);
