import { readFileSync, readdirSync, existsSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect } from 'chai';
import ts from 'typescript';

const root = resolve(import.meta.dirname, '../..');
const below = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(ts|mjs)$/.test(file))
    .map((file) => join(folder, file));

/** What scripts/build takes: the entries of the bundle, and the commands that the client of Redis keeps. */
const takenByTheBuild = [
  'src/step/dispatch.ts#dispatch',
  'src/step/start/start.ts#start',
  'src/drivers/redis/commands.ts#ourCommands',
  'src/drivers/redis/commands.ts#itsCommands',
];

interface File {
  /** Exported here and declared here. */
  readonly exports: readonly string[];
  readonly types: readonly string[];
  /** `file#name` that it imports, passes on or takes by a dynamic import; `file#*`: all of it. */
  readonly uses: readonly string[];
  /** Its own name to `file#name`, for what it only passes on. */
  readonly passes: ReadonlyMap<string, string>;
}

function read(file: string): File {
  const source = ts.createSourceFile(
    file,
    readFileSync(join(root, file), 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  );
  const exports: string[] = [];
  const types: string[] = [];
  const uses: string[] = [];
  const passes = new Map<string, string>();
  const target = (specifier: ts.Expression | undefined): string | null => {
    if (specifier === undefined || !ts.isStringLiteralLike(specifier) || !specifier.text.startsWith('.'))
      return null;
    return relative(root, resolve(root, dirname(file), specifier.text));
  };
  for (const statement of source.statements) {
    const isExported =
      ts.canHaveModifiers(statement) &&
      (ts.getModifiers(statement) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
    if (
      ts.isInterfaceDeclaration(statement) ||
      ts.isTypeAliasDeclaration(statement) ||
      ts.isClassDeclaration(statement)
    )
      types.push(statement.name?.text ?? '');
    if (isExported) {
      if (ts.isVariableStatement(statement))
        for (const { name } of statement.declarationList.declarations) exports.push(name.getText(source));
      else if ('name' in statement && statement.name !== undefined)
        exports.push((statement.name as ts.Identifier).text);
    }
    if (ts.isImportDeclaration(statement)) {
      const from = target(statement.moduleSpecifier);
      const bindings = statement.importClause?.namedBindings;
      if (from === null) continue;
      if (bindings !== undefined && ts.isNamedImports(bindings))
        for (const one of bindings.elements) uses.push(`${from}#${(one.propertyName ?? one.name).text}`);
      else uses.push(`${from}#*`);
    }
    if (ts.isExportDeclaration(statement)) {
      const from = target(statement.moduleSpecifier);
      if (from === null) continue;
      if (statement.exportClause === undefined || !ts.isNamedExports(statement.exportClause))
        uses.push(`${from}#*`);
      else
        for (const one of statement.exportClause.elements)
          passes.set(one.name.text, `${from}#${(one.propertyName ?? one.name).text}`);
    }
  }
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const from = target(node.arguments[0]);
      if (from !== null) uses.push(...namesTakenFrom(node).map((name) => `${from}#${name}`));
    }
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      const from = target(node.argument.literal as ts.Expression);
      if (from !== null) uses.push(`${from}#${node.qualifier?.getText(source) ?? '*'}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return { exports, types, uses, passes };
}

/** `const { a } = await import(…)` and `(await import(…)).a` take a; what is done in another way takes all. */
function namesTakenFrom(call: ts.Node): string[] {
  let at = call.parent;
  while (ts.isAwaitExpression(at) || ts.isParenthesizedExpression(at)) at = at.parent;
  if (ts.isPropertyAccessExpression(at) && !ts.isCallExpression(at.expression)) return [at.name.text];
  if (ts.isVariableDeclaration(at) && ts.isObjectBindingPattern(at.name))
    return at.name.elements.map((one) => (one.propertyName ?? one.name).getText());
  return ['*'];
}

describe('names of the house', function () {
  this.timeout(120_000);
  const files = new Map<string, File>();
  before(() => {
    for (const file of ['src', 'steps', 'scripts', 'bench', 'test'].flatMap(below))
      if (existsSync(join(root, file))) files.set(file, read(file));
  });

  it('a type has a name of its own', () => {
    const owners = new Map<string, string[]>();
    for (const [file, { types }] of files)
      if (file.startsWith('src/'))
        for (const name of new Set(types)) owners.set(name, [...(owners.get(name) ?? []), file]);
    const shared = [...owners].filter(([, where]) => where.length > 1);
    expect(shared.map(([name, where]) => `${name}: ${where.join(', ')}`)).to.deep.equal([]);
  });

  it('what is exported is imported somewhere', () => {
    const used = new Set<string>();
    const use = (name: string): void => {
      if (used.has(name)) return;
      used.add(name);
      const [file = '', own = ''] = name.split('#');
      const onward = files.get(file)?.passes.get(own);
      if (onward !== undefined) use(onward);
      if (own === '*') for (const target of files.get(file)?.passes.values() ?? []) use(target);
    };
    for (const { uses } of files.values()) for (const name of uses) use(name);
    for (const name of takenByTheBuild) use(name);
    const unused = [...files].flatMap(([file, { exports, passes }]) =>
      file.startsWith('src/') && !used.has(`${file}#*`)
        ? [...exports, ...passes.keys()]
            .filter((name) => !used.has(`${file}#${name}`))
            .map((name) => `${file}: ${name}`)
        : [],
    );
    expect(unused).to.deep.equal([]);
  });
});
