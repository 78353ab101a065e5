/** The names of the keys of canopy.yml that are written in one of these forms, wherever they stand. Pure. */
import type { GenericSchema } from 'valibot';

interface SchemaNode {
  readonly entries?: Readonly<Record<string, SchemaNode>>;
  readonly wrapped?: SchemaNode;
  readonly item?: SchemaNode;
  readonly value?: SchemaNode;
  readonly options?: readonly SchemaNode[];
  readonly pipe?: readonly SchemaNode[];
}

/** A schema that is made for each value apart (`lazy`) is not looked into. */
export function namesOf(schema: GenericSchema, forms: readonly GenericSchema[]): ReadonlySet<string> {
  const found = new Set<string>();
  const isForm = (node: SchemaNode | undefined): boolean =>
    node !== undefined &&
    (forms.includes(node as GenericSchema) || isForm(node.wrapped) || isForm(node.pipe?.[0]));
  const visit = (node: SchemaNode | undefined): void => {
    if (node === undefined || forms.includes(node as GenericSchema)) return;
    for (const [name, below] of Object.entries(node.entries ?? {})) {
      if (isForm(below)) found.add(name);
      visit(below);
    }
    const { wrapped, item, value, options, pipe } = node;
    for (const below of [wrapped, item, value, pipe?.[0], ...(Array.isArray(options) ? options : [])])
      if (below !== node && typeof below === 'object') visit(below);
  };
  visit(schema as SchemaNode);
  return found;
}
