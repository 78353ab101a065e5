/** Plain data as YAML that our own reader takes for the same. Pure. */
import { parseYaml } from '../../config/file/yaml.ts';

/** Mappings and lists one entry a line; `indent` stands before each. */
export function toYaml(value: object, indent = ''): string {
  const entries = Array.isArray(value)
    ? value.map((item: unknown) => ['-', item] as const)
    : Object.entries(value).map(([key, item]) => [`${scalar(key)}:`, item as unknown] as const);
  return entries.map(([head, item]) => `${indent}${head}${told(item, head === '-', indent)}`).join('');
}

function told(item: unknown, inList: boolean, indent: string): string {
  if (item === null || typeof item !== 'object') return ` ${scalar(item)}\n`;
  if (Object.keys(item).length === 0) return Array.isArray(item) ? ' []\n' : ' {}\n';
  const inside = `${indent}  `;
  // The first key of a mapping stands beside the dash of its list.
  return inList ? ` ${toYaml(item, inside).slice(inside.length)}` : `\n${toYaml(item, inside)}`;
}

/** As it is where it is read as the same, else in quotes. */
function scalar(value: unknown): string {
  if (typeof value !== 'string') return String(value);
  return isSame(value) ? value : JSON.stringify(value);
}

function isSame(text: string): boolean {
  if (!/^[^\s#"'&*!|>%@`,?[\]{}-][^\n\r]*$|^-[\w-]+$/.test(text) && !text.startsWith('${')) return false;
  try {
    const read = parseYaml(`_: ${text}\n${text}: b`, '') as Record<string, unknown>;
    return read['_'] === text && read[text] === 'b';
  } catch {
    return false;
  }
}
