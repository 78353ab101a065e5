// Which test files the next process of a lane takes: the longest that is left, and short ones in company.

/** A process of its own costs a second or two: short files share one until they take about so many seconds. */
const together = 15;

/** Seconds of a file that nobody has measured. */
const guess = (file) => (file.startsWith('test/e2e/') ? 20 : file.endsWith('.real.test.ts') ? 5 : 0.3);

/**
 * The files with what is known of each, longest first: `{ file, seconds, apart }`. `apart` holds the names of what it may
 * not share with another lane.
 */
export function queueOf(files, { seconds, apart }) {
  return files
    .map((file) => ({
      file,
      seconds: seconds[file] ?? guess(file),
      apart: Object.keys(apart).filter((name) => apart[name].files.includes(file)),
    }))
    .sort((a, b) => b.seconds - a.seconds || (a.file < b.file ? -1 : 1));
}

/** Takes the next files out of the queue; none when all that is left must wait for what is `held` by the other lanes. */
export function take(queue, held) {
  const chunk = [];
  let sum = 0;
  for (const item of [...queue]) {
    if (chunk.length > 0 && sum + item.seconds > together) continue;
    if (item.apart.some((name) => held.includes(name))) continue;
    chunk.push(item);
    sum += item.seconds;
    queue.splice(queue.indexOf(item), 1);
  }
  return chunk;
}
